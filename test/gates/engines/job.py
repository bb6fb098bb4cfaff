"""The job of the gate: python job.py MASTER FOLDER GOD...

FOLDER/rows has Parquet files of vectors, FOLDER/text those of a modality of FOLDER/paradise.tgz; FOLDER/pca.safetensors and
FOLDER/vae.safetensors are models of the former; GOD... starts the command. Writes FOLDER/spark.state, and rows that went through
models to FOLDER/transform, encode and place. Prints what it found as one line of JSON.
"""

import glob
import json
import os
import sys
import threading
import time

import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../spark"))
import checks  # noqa: E402
import god_spark  # noqa: E402

MASTER, FOLDER, *GOD = sys.argv[1:]
# A master of this form is a server of Spark Connect, which this program starts, with a master of its own after the colon.
CONNECT = "connect:"


def session():
    """Executors of one core and 1 GB; every file is a partition."""
    builder = SparkSession.builder
    connect = MASTER.startswith(CONNECT)
    builder = builder.remote(MASTER.removeprefix(CONNECT)) if connect else builder.master(MASTER)
    spark = (
        builder.config("spark.executor.memory", "1g")
        .config("spark.executor.cores", "1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.files.openCostInBytes", "128m")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "1000")
        .getOrCreate()
    )
    if not connect:
        spark.sparkContext.setLogLevel("OFF")
    return spark


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


def failed_tasks(spark, group):
    tracker = spark.sparkContext.statusTracker()
    jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group)]
    assert jobs, f"no job of the group {group} is known"
    stages = [tracker.getStageInfo(stage) for job in jobs for stage in job.stageIds]
    return sum(stage.numFailedTasks for stage in stages if stage is not None)


def main():
    start = time.time()
    spark = session()
    god_spark.ship(spark, *(f"{FOLDER}/{model}" for model in ("pca.safetensors", "vae.safetensors", "paradise.tgz")))
    df = spark.read.parquet(f"{FOLDER}/rows")
    told = {"version": spark.version, "start": time.time() - start}
    start = time.time()
    plain = god_spark.fit_pca(df, god=GOD)
    told["seconds"] = time.time() - start
    told["rows"] = plain.rows
    with open(f"{FOLDER}/spark.state", "wb") as file:
        file.write(plain.state)
    told["sameWithoutSpark"] = plain == without_spark(df)
    if not MASTER.startswith(CONNECT):
        told["sameWithKilledExecutor"] = plain == fit_while_killing(spark, df)
        spark.sparkContext.setJobGroup("bad", "")
    told["bad"] = checks.bad_sums(spark, FOLDER, GOD)
    if not MASTER.startswith(CONNECT):
        told["repeated"] = failed_tasks(spark, "bad")
    told.update(checks.other_partitions(spark, FOLDER, GOD))
    told["models"] = checks.models(spark, FOLDER, GOD)
    print(json.dumps(told, default=int), flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
