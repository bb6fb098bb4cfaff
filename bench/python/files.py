"""Reads or writes a file of rows by the library that its format belongs to."""

import importlib
import os

from serve import serve


def prepare(settings):
    import numpy as np

    kind, path, mode = settings["kind"], settings["path"], settings["mode"]
    library, read, write = PEERS[kind]
    version = importlib.import_module(library).__version__
    if mode == "read":
        def run():
            return read(path)

        def quality(found):
            return {"sum": float(np.asarray(found, dtype="f8").sum())}

        return f"{library} {version}", run, quality
    rows = np.fromfile(settings["rows"], dtype="f4").reshape(-1, settings["cols"])
    data = words(rows) if library == "gensim" else rows

    def run():
        write(path, data)
        return path

    return f"{library} {version}", run, lambda _: {"bytes": os.path.getsize(path)}


def words(rows):
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(rows.shape[1])
    vectors.add_vectors([f"word{i}" for i in range(len(rows))], rows)
    return vectors


def table(rows):
    import pyarrow as pa

    return pa.table({"vector": pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])})


def wide(rows):
    import pyarrow as pa

    return pa.table({f"x{j}": rows[:, j] for j in range(rows.shape[1])})


def column(found):
    """The vectors of a table as an array."""
    lists = found["vector"].combine_chunks()
    return lists.flatten().to_numpy().reshape(len(lists), -1)


def npy_read(path):
    import numpy as np

    return np.load(path)


def npy_write(path, rows):
    import numpy as np

    np.save(path, rows)


def npz_read(path):
    import numpy as np

    return np.load(path)["vectors"]


def npz_write(path, rows):
    import numpy as np

    np.savez(path, vectors=rows)


def safetensors_read(path):
    from safetensors.numpy import load_file

    return load_file(path)["vectors"]


def safetensors_write(path, rows):
    from safetensors.numpy import save_file

    save_file({"vectors": rows}, path)


def fvecs_read(path):
    import numpy as np

    raw = np.fromfile(path, dtype="i4")
    return raw.reshape(-1, raw[0] + 1)[:, 1:].copy().view("f4")


def fvecs_write(path, rows):
    import numpy as np

    head = np.full((len(rows), 1), rows.shape[1], dtype="i4")
    np.hstack([head, rows.view("i4")]).tofile(path)


def parquet_read(path):
    import pyarrow.parquet as pq

    return column(pq.read_table(path, use_threads=False))


def parquet_write(path, rows):
    import pyarrow.parquet as pq

    pq.write_table(table(rows), path, compression="none", use_dictionary=False)


def arrow_read(path):
    import pyarrow as pa

    return column(pa.ipc.open_file(path).read_all())


def arrow_write(path, rows):
    import pyarrow as pa

    data = table(rows)
    with pa.ipc.new_file(path, data.schema) as file:
        file.write_table(data)


def csv_read(path, delimiter=","):
    import numpy as np
    import pyarrow.csv as csv

    options = csv.ReadOptions(use_threads=False)
    found = csv.read_csv(path, options, csv.ParseOptions(delimiter=delimiter))
    return np.column_stack([part.to_numpy() for part in found.columns])


def csv_write(path, rows, delimiter=","):
    import pyarrow.csv as csv

    csv.write_csv(wide(rows), path, csv.WriteOptions(delimiter=delimiter))


def jsonl_read(path):
    import pyarrow.json as json

    return column(json.read_json(path, json.ReadOptions(use_threads=False)))


def word2vec_read(path, binary):
    from gensim.models import KeyedVectors

    return KeyedVectors.load_word2vec_format(path, binary=binary).vectors


def word2vec_write(path, data, binary):
    data.save_word2vec_format(path, binary=binary)


PEERS = {
    "npy": ("numpy", npy_read, npy_write),
    "npz": ("numpy", npz_read, npz_write),
    "safetensors": ("safetensors", safetensors_read, safetensors_write),
    "fvecs": ("numpy", fvecs_read, fvecs_write),
    "parquet": ("pyarrow", parquet_read, parquet_write),
    "arrow": ("pyarrow", arrow_read, arrow_write),
    "csv": ("pyarrow", csv_read, csv_write),
    "tsv": ("pyarrow", lambda path: csv_read(path, "\t"), lambda path, rows: csv_write(path, rows, "\t")),
    "jsonl": ("pyarrow", jsonl_read, None),
    "word2vec": ("gensim", lambda path: word2vec_read(path, False), lambda path, data: word2vec_write(path, data, False)),
    "word2vec-binary": (
        "gensim",
        lambda path: word2vec_read(path, True),
        lambda path, data: word2vec_write(path, data, True),
    ),
}

serve(prepare)
