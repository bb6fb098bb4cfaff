"""spark-submit --py-files god_spark.py paper.py OUT MODALITY=ROWS.parquet...: a New Reality of more rows than one machine takes.

The cluster sums up all rows for the PCAs, and takes a sample of each modality. This machine makes the New Reality of the
samples, in OUT. Then the cluster finds the place of every row, into OUT-places/MODALITY. Rows have id, label and vector. The
command `god` must be on the PATH of every machine.
"""

import os
import shutil
import subprocess
import sys
import time

import god_spark
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession, functions

SAMPLE = 25_000


def main(out, modalities):
    spark = SparkSession.builder.getOrCreate()
    god_spark.ship(spark)
    work = f"{out}-work"
    os.makedirs(work, exist_ok=True)
    rows = {name: spark.read.parquet(path) for name, path in modalities.items()}
    flags = []
    for name, df in rows.items():
        moments = timed(f"{name}: moments", lambda: god_spark.fit_pca(df))
        moments.save(f"{work}/{name}.arrows")
        timed(f"{name}: sample", lambda: write_sample(df, f"{work}/{name}.parquet"))
        flags += ["--moments", f"{name}={work}/{name}.arrows", "--embedding", f"{name}={work}/{name}.parquet"]
    timed("god run", lambda: subprocess.run(["god", "run", *flags, "-o", out], check=True, stdout=subprocess.DEVNULL))
    model = shutil.make_archive(f"{work}/reality", "gztar", f"{out}/model")
    god_spark.ship(spark, model)
    for name, df in rows.items():
        places = god_spark.place(df, "reality", name)
        with god_spark.data_errors():
            write = places.write.mode("overwrite").parquet
            timed(f"{name}: places", lambda: write(f"{out}-places/{name}"))
    spark.stop()


def write_sample(df, path):
    """The rows whose ids have the least hashes: the same ones however the rows are spread."""
    order = df.select(functions.xxhash64("id").alias("hash"), "id")
    # Of all rows, only hashes and ids are compared: vectors would fill the memory of the driver.
    last = order.orderBy("hash", "id").limit(SAMPLE).agg(functions.max(functions.struct("hash", "id")).alias("key")).first()
    key = functions.struct(functions.xxhash64("id"), "id")
    chosen = df.where(key <= functions.struct(*map(functions.lit, last["key"]))).select(key.alias("key"), "label", "vector")
    rows = sorted(chosen.collect(), key=lambda row: row["key"])
    sample = [{"id": row["key"]["id"], "label": row["label"], "vector": row["vector"]} for row in rows]
    types = [("id", pa.string()), ("label", pa.string()), ("vector", pa.list_(pa.float32()))]
    pq.write_table(pa.Table.from_pylist(sample, schema=pa.schema(types)), path)


def timed(what, work):
    start = time.time()
    result = work()
    print(f"{what}: {time.time() - start:.1f} s", flush=True)
    return result


if __name__ == "__main__":
    main(sys.argv[1], dict(argument.split("=", 1) for argument in sys.argv[2:]))
