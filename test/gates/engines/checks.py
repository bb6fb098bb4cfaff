"""What the gate's job does on Spark, classic and Connect alike. FOLDER and GOD are those of job.py."""

import glob
import os

import pyarrow as pa
import pyarrow.parquet as pq

import god_spark

MODALITY = "text"


def bad_files(folder, source):
    """For each kind of bad row, a folder with a file of the vectors of `source` whose row 17 is bad."""
    vectors = pq.read_table(sorted(glob.glob(f"{folder}/{source}/*.parquet"))[0])["vector"][:100].to_pylist()
    kinds = {"nan": [*vectors[17][:-1], float("nan")], "null": None, "columns": vectors[17][:-1]}
    for kind, row in kinds.items():
        os.makedirs(f"{folder}/bad-{source}-{kind}", exist_ok=True)
        column = pa.array([*vectors[:17], row, *vectors[18:]], pa.list_(pa.float32()))
        pq.write_table(pa.table({"vector": column}), f"{folder}/bad-{source}-{kind}/part.parquet")
    return {kind: f"{folder}/bad-{source}-{kind}" for kind in kinds}


def error_of(action):
    """The message of the DataError that ends an action."""
    try:
        with god_spark.data_errors():
            action()
    except god_spark.DataError as error:
        return str(error)
    return "there was no error"


def bad_sums(spark, folder, god):
    """For each kind of bad row among good ones, what `fit_pca` says."""
    frames = {kind: spark.read.parquet(f"{folder}/rows", bad) for kind, bad in bad_files(folder, "rows").items()}
    return {kind: error_of(lambda: god_spark.fit_pca(df, god=god)) for kind, df in frames.items()}


def other_partitions(spark, folder, god):
    """The sum without rows, and how many rows there are in sums of which some partitions are empty, and of more than a task merges."""
    df = spark.read.parquet(f"{folder}/rows")
    some = god_spark.fit_pca(df.limit(3).repartition(5), god=god)
    many = god_spark.fit_pca(df.limit(700).repartition(god_spark.TASK + 6), god=god)
    none = god_spark.fit_pca(df.where("false"), god=god)
    return {"empty": none, "emptyPartitions": some.rows, "manyPartitions": many.rows}


def models(spark, folder, god):
    """Puts rows through models, into FOLDER/projected, encoded and placed. Returns the errors for bad rows, and the counts for no rows."""
    calls = {
        "transform": ("rows", lambda df: god_spark.transform(df, "pca.safetensors", god=god)),
        "encode": ("rows", lambda df: god_spark.encode(df, "vae.safetensors", god=god)),
        "place": (MODALITY, lambda df: god_spark.place(df, "paradise", MODALITY, god=god)),
    }
    told = {}
    for command, (source, call) in calls.items():
        df = spark.read.parquet(f"{folder}/{source}")
        call(df).write.parquet(f"{folder}/{command}", mode="overwrite")
        bad = {kind: spark.read.parquet(path) for kind, path in bad_files(folder, source).items()}
        told[command] = {
            "bad": {kind: error_of(call(rows).count) for kind, rows in bad.items()},
            "empty": call(df.where("false")).count(),
            "emptyPartitions": call(df.limit(3).repartition(5)).count(),
        }
    short = spark.read.parquet(f"{folder}/rows").selectExpr("slice(vector, 1, 39) as vector")
    told["wrongModel"] = error_of(calls["transform"][1](short).count)
    return told
