"""One session of Spark, for bench/spark.ts: python job.py EXECUTORS FOLDER BATCH STEP... -- GOD...

FOLDER/rows has Parquet files of vectors as array<float>, FOLDER/binary the same as binary; BATCH rows go to Python at once. Models are
in FOLDER, too. Prints a line of JSON for each step: seconds, and CPU seconds of driver and executors with their Python and Node.
"""

import glob
import json
import os
import subprocess
import sys
import time

import pyarrow as pa
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
MODELS = {"transform": f"{FOLDER}/pca.safetensors", "encode": f"{FOLDER}/vae.safetensors", "place": f"{FOLDER}/paradise"}
FITTED = []
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


def files():
    return sorted(glob.glob(f"{FOLDER}/rows/*.parquet"))


def write_binary():
    """The vectors of all files as raw float32, in other files."""
    os.makedirs(f"{FOLDER}/binary", exist_ok=True)
    for file in files():
        lists = pq.read_table(file, columns=["vector"])["vector"].combine_chunks()
        width = 4 * len(lists.values) // len(lists)
        ends = pa.array(range(0, (len(lists) + 1) * width, width), pa.int32())
        buffers = [None, ends.buffers()[1], lists.values.buffers()[1]]
        binary = pa.table({"vector": pa.Array.from_buffers(pa.binary(), len(lists), buffers)})
        pq.write_table(binary, f"{FOLDER}/binary/{os.path.basename(file)}", use_dictionary=False)


def batches_of(file):
    return pq.ParquetFile(file).iter_batches(batch_size=int(BATCH), columns=["vector"])


def finish(moments):
    """Makes the PCA, as MLlib's does."""
    moments.save(f"{FOLDER}/moments.arrows")
    out = ["-o", f"{FOLDER}/merged.arrows", "--save", f"{FOLDER}/fitted.safetensors", "--components", str(COMPONENTS)]
    subprocess.run([*GOD, "moments", "merge", f"{FOLDER}/moments.arrows", *out], check=True, capture_output=True)
    with open(f"{FOLDER}/moments.state", "wb") as file:
        file.write(moments.state)


def through_model(command, df):
    extra = ["rows"] if command == "place" else []
    return getattr(god_spark, command)(df, MODELS[command], *extra, god=GOD)


def plain(command):
    """The same work in this process, file by file."""
    if command == "moments":
        parts = [god_spark.moments_of(GOD, batches_of(file), partition=number) for number, file in enumerate(files())]
        return finish(god_spark.merged(GOD, parts))
    extra = ["--modality", "rows"] if command == "place" else []
    for file in files():
        for _ in god_spark.through([*GOD, "worker", command, "--model", MODELS[command], *extra], batches_of(file)):
            pass


def discard(df):
    df.write.format("noop").mode("overwrite").save()


def mllib(vectors):
    return PCA(k=COMPONENTS, inputCol="v", outputCol="z").fit(vectors)


def run(step, df, binary):
    vectors = df.select(array_to_vector("vector").alias("v"))
    if step == "scan":
        df.select(F.sum(F.size("vector"))).collect()
    elif step == "pass":
        discard(df.mapInArrow(lambda batches: (batch.slice(0, 0) for batch in batches), df.schema))
    elif step == "moments":
        finish(god_spark.fit_pca(df, god=GOD))
    elif step == "binary":
        finish(god_spark.fit_pca(binary, god=GOD))
    elif step == "mllib":
        mllib(vectors)
    elif step == "mllib-transform":
        # Its fit falls into the first run of this step, which does not count.
        FITTED[:] = FITTED or [mllib(vectors)]
        discard(FITTED[0].transform(vectors).select("z"))
    elif step.startswith("plain-"):
        plain(step.removeprefix("plain-"))
    else:
        discard(through_model(step, df))


def main():
    spark = (
        SparkSession.builder.master(f"local-cluster[{EXECUTORS},1,1024]")
        .config("spark.executor.memory", "1g")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.executorEnv.OMP_NUM_THREADS", "1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH)
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    god_spark.ship(spark)
    if "binary" in STEPS and not os.path.exists(f"{FOLDER}/binary"):
        write_binary()
    df = spark.read.parquet(f"{FOLDER}/rows").select("vector")
    binary = spark.read.parquet(f"{FOLDER}/binary") if "binary" in STEPS else None
    for step in STEPS:
        cpu, start = cpu_seconds(), time.time()
        run(step, df, binary)
        told = {"step": step, "seconds": time.time() - start, "cpu": cpu_seconds() - cpu, "version": spark.version}
        print(json.dumps(told), flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
