"""One session of Spark, for bench/spark.ts: python job.py EXECUTORS FOLDER BATCH STEP... -- GOD...

FOLDER has Parquet files of vectors; BATCH rows go to Python at once. A step is scan (Spark reads
all vectors), plain (moments without Spark), moments (god_spark.fit_pca) or mllib (Spark's own PCA). Prints a line of JSON for each: seconds, and CPU seconds of driver and executors with their Python and Node.
"""

import glob
import json
import os
import sys
import time

import pyarrow.parquet as pq
from pyspark.ml.feature import PCA
from pyspark.ml.functions import array_to_vector
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../spark"))
import god_spark  # noqa: E402

EXECUTORS, FOLDER, BATCH = sys.argv[1:4]
SPLIT = sys.argv.index("--")
STEPS, GOD = sys.argv[4:SPLIT], sys.argv[SPLIT + 1 :]
COMPONENTS = 20
TICK = os.sysconf("SC_CLK_TCK")


def processes():
    """Of every process: its parent, and the CPU seconds of it and of the children that it has waited for."""
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(entry)] = (int(fields[1]), sum(map(int, fields[11:15])) / TICK)
    return found


def cpu_seconds():
    """CPU seconds of the driver and of everything below it."""
    found = processes()
    level, total = {os.getpid()}, 0.0
    while level:
        total += sum(found[pid][1] for pid in level)
        level = {pid for pid, (parent, _) in found.items() if parent in level}
    return total


def plain(number, file):
    batches = pq.ParquetFile(file).iter_batches(batch_size=int(BATCH), columns=["vector"])
    return god_spark.moments_of(GOD, batches, partition=number)


def run(step, df):
    if step == "scan":
        return df.select(F.sum(F.size("vector"))).collect()[0][0]
    if step == "moments":
        return god_spark.fit_pca(df, god=GOD).rows
    if step == "plain":
        parts = enumerate(sorted(glob.glob(f"{FOLDER}/*.parquet")))
        return god_spark.merged(GOD, [plain(number, file) for number, file in parts]).rows
    if step == "mllib":
        vectors = df.select(array_to_vector("vector").alias("v"))
        return len(PCA(k=COMPONENTS, inputCol="v", outputCol="z").fit(vectors).explainedVariance)
    raise ValueError(step)


def main():
    spark = (
        SparkSession.builder.master(f"local-cluster[{EXECUTORS},1,1024]")
        .config("spark.executor.memory", "1g")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.executorEnv.OMP_NUM_THREADS", "1")
        .config("spark.sql.files.openCostInBytes", "128m")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH)
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    god_spark.ship(spark)
    df = spark.read.parquet(FOLDER)
    for step in STEPS:
        cpu, start = cpu_seconds(), time.time()
        run(step, df)
        told = {"step": step, "seconds": time.time() - start, "cpu": cpu_seconds() - cpu, "version": spark.version}
        print(json.dumps(told), flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
