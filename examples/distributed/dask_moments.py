"""python dask_moments.py OUT.arrows FILE.parquet...: moments of the column `vector` of all files, on Dask.

Each file is a partition, so the bytes depend on the files and their order alone. The command `god` must be on the PATH of every
machine, and god_spark.py on its PYTHONPATH. Dask runs the tasks of a worker that died again; for rows that cannot be used it
does not.
"""

import sys

import pyarrow.parquet as pq
from distributed import Client, LocalCluster

import god_spark

GOD = ["god"]


def moments(number, file):
    batches = pq.ParquetFile(file).iter_batches(columns=["vector"])
    return god_spark.moments_of(GOD, batches, partition=number)


def merged(*parts):
    return god_spark.merged(GOD, parts)


def main(out, files):
    # Instead of LocalCluster: Client("tcp://scheduler:8786").
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        parts = [client.submit(moments, number, file) for number, file in enumerate(files)]
        starts = range(0, len(parts), god_spark.FAN)
        groups = [client.submit(merged, *parts[at : at + god_spark.FAN]) for at in starts]
        whole = client.submit(merged, *groups).result()
    whole.save(out)
    print(f"{whole.rows} rows")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
