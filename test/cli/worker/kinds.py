"""Makes kinds.arrows: columns of kinds that flechette reads but does not write, around vectors of six numbers."""
import pathlib

import pyarrow as pa

path = pathlib.Path(__file__).with_suffix(".arrows")
long = "a text of more than twelve bytes, which lies outside its view"
union = pa.UnionArray.from_dense(
    pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([1, 2]), pa.array(["one"])]
)
sparse = pa.UnionArray.from_sparse(
    pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["a", "b", "c"])]
)
columns = {
    "view": pa.array(["short", None, long], pa.string_view()),
    "nothing": pa.nulls(3),
    "dense": union,
    "vector": pa.array([[0.5, 1, 2, 3, 4, 5], [1] * 6, [2.25] * 6], pa.list_(pa.float32(), 6)),
    "sparse": sparse,
    "bytes": pa.array([b"x" * 40, b"y", None], pa.binary_view()),
    "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["p", "q"])),
    "map": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
    "amount": pa.array([1, None, 3], pa.decimal128(20, 2)),
}
batch = pa.record_batch(list(columns.values()), list(columns))
with pa.ipc.new_stream(str(path), batch.schema) as writer:
    writer.write_batch(batch)
    writer.write_batch(batch.slice(1))
