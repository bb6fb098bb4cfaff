"""python ray_moments.py OUT.arrows FILE.parquet...: moments of the column `vector` of all files, on Ray.

Each file is a partition, so the bytes depend on the files and their order alone. The command `god` must be on the PATH of every
machine, and god_spark.py on its PYTHONPATH. Ray repeats a task whose worker died; for rows that cannot be used it does not.
"""

import sys

import pyarrow.parquet as pq
import ray

import god_spark

GOD = ["god"]


@ray.remote(num_cpus=1, max_retries=3)
def moments(number, file):
    batches = pq.ParquetFile(file).iter_batches(columns=["vector"])
    return god_spark.moments_of(GOD, batches, partition=number)


@ray.remote(num_cpus=1, max_retries=3)
def merged(*parts):
    return god_spark.merged(GOD, parts)


def main(out, files):
    ray.init(include_dashboard=False)
    parts = [moments.remote(number, file) for number, file in enumerate(files)]
    groups = [merged.remote(*parts[at : at + god_spark.FAN]) for at in range(0, len(parts), god_spark.FAN)]
    whole = ray.get(merged.remote(*groups))
    whole.save(out)
    print(f"{whole.rows} rows")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
