"""The job of the gate: python job.py MASTER FOLDER GOD...

FOLDER/rows has Parquet files of vectors, FOLDER/text those of a modality of FOLDER/paradise.tgz, FOLDER/pca.safetensors a PCA
of the former; GOD... starts the command. Writes FOLDER/spark.state, FOLDER/projected and FOLDER/placed, and prints what it
found as one line of JSON.
"""

import glob
import json
import os
import sys
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../spark"))
import god_spark  # noqa: E402

MASTER, FOLDER, *GOD = sys.argv[1:]


def session():
    """Executors of one core and 1 GB; every file is a partition."""
    return (
        SparkSession.builder.master(MASTER)
        .config("spark.executor.memory", "1g")
        .config("spark.executor.cores", "1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.files.openCostInBytes", "128m")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "1000")
        .getOrCreate()
    )


def without_spark(df):
    """The same sum, file by file in this process."""
    where = df.select(F.spark_partition_id().alias("at"), F.input_file_name().alias("file")).distinct().collect()
    files = {row["at"]: row["file"].removeprefix("file://") for row in where}
    assert len(files) == len(glob.glob(f"{FOLDER}/rows/*.parquet")), "a partition is not a file"
    return god_spark.merged(
        GOD,
        (
            god_spark.moments_of(GOD, pq.ParquetFile(file).iter_batches(columns=["vector"]), partition=number)
            for number, file in files.items()
        ),
    )


def parent(pid):
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rsplit(")", 1)[1].split()[1])


def busy_executor():
    """The JVM above a process `god worker moments` of this job, or None."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/cmdline") as file:
                line = file.read().split("\0")
            if GOD[-1] not in line or "moments" not in line:
                continue
            pid = int(entry)
            while pid > 1:
                pid = parent(pid)
                with open(f"/proc/{pid}/comm") as file:
                    if file.read().strip() == "java":
                        return pid
        except (FileNotFoundError, ProcessLookupError):
            continue
    return None


def killer(spark, killed):
    """Kills an executor while it sums up, once three tasks are done."""
    tracker = spark.sparkContext.statusTracker()
    while not killed:
        infos = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        if any(info is not None and info.numCompletedTasks >= 3 for info in infos):
            pid = busy_executor()
            if pid is not None:
                os.kill(pid, 9)
                killed.append(pid)
        time.sleep(0.01)


def fit_while_killing(spark, df):
    killed = []
    thread = threading.Thread(target=killer, args=(spark, killed), daemon=True)
    thread.start()
    moments = god_spark.fit_pca(df, god=GOD)
    assert killed, "the job ended before an executor was killed"
    return moments


def bad_files():
    """For each kind, a folder with a file whose row 17 is bad."""
    vectors = pq.read_table(sorted(glob.glob(f"{FOLDER}/rows/*.parquet"))[0])["vector"][:100].to_pylist()
    kinds = {"nan": [*vectors[17][:-1], float("nan")], "null": None, "columns": vectors[17][:-1]}
    for kind, row in kinds.items():
        os.makedirs(f"{FOLDER}/bad-{kind}", exist_ok=True)
        column = pa.array([*vectors[:17], row, *vectors[18:]], pa.list_(pa.float32()))
        pq.write_table(pa.table({"vector": column}), f"{FOLDER}/bad-{kind}/part.parquet")
    return {kind: f"{FOLDER}/bad-{kind}" for kind in kinds}


def error_of(spark, folder):
    """The message for rows among which one is bad."""
    try:
        god_spark.fit_pca(spark.read.parquet(f"{FOLDER}/rows", folder), god=GOD)
    except god_spark.DataError as error:
        return str(error)
    return "there was no error"


def error_of_transform(df):
    """The message for vectors that are too short for the model."""
    short = df.selectExpr("slice(vector, 1, 39) as vector")
    try:
        with god_spark.data_errors():
            god_spark.transform(short, "pca.safetensors", god=GOD).count()
    except god_spark.DataError as error:
        return str(error)
    return "there was no error"


def failed_tasks(spark, group):
    tracker = spark.sparkContext.statusTracker()
    jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group)]
    assert jobs, f"no job of the group {group} is known"
    stages = [tracker.getStageInfo(stage) for job in jobs for stage in job.stageIds]
    return sum(stage.numFailedTasks for stage in stages if stage is not None)


def main():
    start = time.time()
    spark = session()
    spark.sparkContext.setLogLevel("OFF")
    god_spark.ship(spark, f"{FOLDER}/pca.safetensors", f"{FOLDER}/paradise.tgz")
    df = spark.read.parquet(f"{FOLDER}/rows")
    told = {"version": spark.version, "start": time.time() - start}
    start = time.time()
    plain = god_spark.fit_pca(df, god=GOD)
    told["seconds"] = time.time() - start
    told["rows"] = plain.rows
    with open(f"{FOLDER}/spark.state", "wb") as file:
        file.write(plain.state)
    told["sameWithoutSpark"] = plain == without_spark(df)
    told["sameWithKilledExecutor"] = plain == fit_while_killing(spark, df)
    spark.sparkContext.setJobGroup("bad", "")
    told["bad"] = {kind: error_of(spark, folder) for kind, folder in bad_files().items()}
    told["repeated"] = failed_tasks(spark, "bad")
    told["empty"] = god_spark.fit_pca(df.where("false"), god=GOD)
    told["emptyPartitions"] = god_spark.fit_pca(df.limit(3).repartition(5), god=GOD).rows
    god_spark.transform(df, "pca.safetensors", god=GOD).write.parquet(f"{FOLDER}/projected", mode="overwrite")
    text = spark.read.parquet(f"{FOLDER}/text")
    god_spark.place(text, "paradise", "text", god=GOD).write.parquet(f"{FOLDER}/placed", mode="overwrite")
    told["emptyPlaced"] = god_spark.place(text.where("false"), "paradise", "text", god=GOD).count()
    told["wrongModel"] = error_of_transform(df)
    print(json.dumps(told), flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
