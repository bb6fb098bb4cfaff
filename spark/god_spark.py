"""PCA over all rows of a Spark DataFrame, and rows through fitted models, by one process `god worker` for each partition.

    import god_spark
    god_spark.ship(spark, "pca.safetensors")    # sends this file and a model to the executors, which have the command `god`
    moments = god_spark.fit_pca(df, "vector")   # of all rows: the same partitions give the same bytes
    projected = god_spark.transform(df, "pca.safetensors")

Needs pyarrow, and Spark 3.5 or 4, classic or Connect. What stands above the line "Spark" knows no engine: README.md shows
it in Ray and Dask.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Batches = Iterable[pa.RecordBatch]

# A worker's exit code for rows that it cannot use.
DATA_ERROR = 65
# Neighboring states that are merged first: `god worker merge` takes eight neighbors, then eight groups of them, and so on.
FAN = 8
# Neighboring states that a task of Spark merges, two of these levels. With 1024 columns they take 270 MB.
TASK = FAN * FAN


class DataError(ValueError):
    """Rows that cannot be used: NaN, null, another number of columns. Another attempt would end in the same way."""


class WorkerError(RuntimeError):
    """The process failed or was killed. Another attempt can succeed."""


class Moments(NamedTuple):
    """What a PCA needs to know of some rows.

    `state` is what `PCA.accumulatorFromBytes` of the npm package reads. `partition` says where these rows belong in the
    order of merging. `simd` and `blas` name the instructions that were used: other ones round differently.
    """

    partition: int
    rows: int
    columns: int
    state: bytes
    simd: str
    blas: str

    def save(self, path: str) -> None:
        """Writes a file for `god moments merge` and `god run --moments`, an Arrow stream. It appears when it is complete."""
        folder, name = os.path.split(os.path.abspath(path))
        batch = _batch_of(self)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{name}.", delete=False) as file:
            with pa.ipc.new_stream(file, batch.schema) as writer:
                writer.write_batch(batch)
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)


def through(command: Sequence[str], batches: Batches) -> Iterator[pa.RecordBatch]:
    """Sends batches through a process that reads one Arrow stream and writes another; yields what it writes.

    `batches` is read in a thread of its own: otherwise both pipes would fill. Without a batch, no process starts. What was
    yielded is complete only if the iterator ends without an error.

    Raises DataError, with the process's own line, if it ends with 65, and WorkerError if it fails in another way.
    """
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        return
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen([*command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints)
        _widen(process.stdin)
        _widen(process.stdout)
        failures: List[BaseException] = []
        feeder = threading.Thread(target=_feed, args=(process, chain([first], batches), failures), daemon=True)
        feeder.start()
        try:
            try:
                with pa.ipc.open_stream(process.stdout) as reader:
                    yield from reader
            except (pa.ArrowInvalid, OSError):
                # The stream was cut. The exit code says why, if it is not 0.
                if process.wait() == 0 and not failures:
                    raise
            process.wait()
        finally:
            process.kill()
            code = process.wait()
            feeder.join()
            process.stdout.close()
            complaints.seek(0)
            text = complaints.read().decode(errors="replace").strip()
    if failures:
        raise failures[0]
    _check(command, code, text)


def _widen(pipe: Any) -> None:
    """Lets a pipe hold 1 MB, where the system can: the processes at its ends wait less for each other."""
    try:
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)
    except (ImportError, AttributeError, OSError):
        pass


def _feed(process: subprocess.Popen[bytes], batches: Iterator[pa.RecordBatch], failures: List[BaseException]) -> None:
    """Writes the stream and its end mark. An error of `batches` ends the process, which then lacks the mark."""
    try:
        first = next(batches)
        writer = pa.ipc.new_stream(process.stdin, first.schema)
        for batch in chain([first], batches):
            writer.write_batch(batch)
        writer.close()
    except BrokenPipeError:
        pass  # The process ended first. Its exit code says why.
    except BaseException as error:
        failures.append(error)
        process.kill()
    finally:
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass


def _check(command: Sequence[str], code: int, text: str) -> None:
    if code == 0:
        return
    if code == DATA_ERROR:
        raise DataError(text.splitlines()[-1] if text else f"{' '.join(command)} ended with {code}")
    end = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
    raise WorkerError(f"{' '.join(command)} {end}{': ' if text else ''}{text[-4000:]}")


def moments_of(
    god: Sequence[str], batches: Batches, column: str = "vector", partition: int = 0
) -> Optional[Moments]:
    """Moments of the vectors in `column` of all batches; None if there are no rows.

    `god` starts the command, such as `["god"]`. `partition` is this part's place in the order of merging.
    """
    command = [*god, "worker", "moments", "--column", column, "--partition", str(partition)]
    vectors = (batch.select([column]) for batch in batches)
    return _only(through(command, vectors))


def merged(god: Sequence[str], parts: Iterable[Optional[Moments]]) -> Optional[Moments]:
    """The moments of all rows of all parts, in any order; None if there are none.

    The numbers of the partitions alone decide in which order they are merged, so they decide the bits.
    """
    known = sorted(part for part in parts if part is not None)
    return _only(through([*god, "worker", "merge"], (_batch_of(part) for part in known)))


def _only(batches: Batches) -> Optional[Moments]:
    rows = [row for batch in batches for row in batch.to_pylist()]
    return Moments(**rows[0]) if rows else None


_STATE = pa.schema(
    [
        ("partition", pa.int32()),
        ("rows", pa.int64()),
        ("columns", pa.int32()),
        ("state", pa.binary()),
        ("simd", pa.string()),
        ("blas", pa.string()),
    ]
)


def _batch_of(part: Moments) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([part._asdict()], schema=_STATE)


# Spark

_STATES = "partition int, rows long, columns int, state binary, simd string, blas string, error string"


def ship(spark: SparkSession, *models: str) -> None:
    """Sends this module and `models` from the driver's machine to the executors, for the rest of the session.

    A model is a file, or the directory of a New Reality as an archive (.tgz, .tar.gz, .zip), which is unpacked. `transform`,
    `encode` and `place` then find it by its name, without the ending of an archive. `spark-submit --py-files god_spark.py
    --files pca.safetensors --archives paradise.tgz#paradise` does the same.
    """
    from pyspark import SparkFiles

    remote = type(spark).__module__.startswith("pyspark.sql.connect")
    here = os.path.abspath(__file__)
    # It cannot be added twice: spark-submit has done it where it was given --py-files.
    given = not remote and os.path.exists(SparkFiles.get(os.path.basename(here)))
    for file in (*([] if given else [here]), *models):
        archive = re.fullmatch(r"(?:.*/)?([^/]+)\.(?:tgz|tar\.gz|zip)", file)
        kind = "Archive" if archive else "PyFile" if file.endswith(".py") else "File"
        path = f"{file}#{archive[1]}" if archive else file
        if remote:
            spark.addArtifacts(path, **{kind.lower(): True})
        else:
            getattr(spark.sparkContext, f"add{kind}")(path)


def fit_pca(df: DataFrame, column: str = "vector", *, god: Sequence[str] = ("god",)) -> Optional[Moments]:
    """Moments of the vectors of all rows, which are all that a PCA needs; None if there are no rows.

    `column` holds vectors of one length without null or NaN: array<float>, array<double>, or binary (raw little-endian
    float32). `god` starts the command on every executor.

    Every partition is summed up by a process; the executors merge the sums of each 64 neighbors. Where there are more, the driver
    receives their sums and gives them back to be merged in the same way. The same rows in the same partitions give the same bytes, for any number of executors and with tasks
    that were repeated. Other partitions give the same model to about 1e-6.

    Raises DataError when rows cannot be used, with the partition and the row; no task is repeated.
    """
    from pyspark.sql import functions

    def part(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        number = TaskContext.get().partitionId()
        yield from _rows_of(number, lambda: moments_of(god, batches, column, number))

    def merge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = sorted((row for batch in batches for row in batch.to_pylist()), key=itemgetter("partition"))
        for key, group in groupby(rows, lambda row: row["partition"] // TASK):
            yield from _merged_rows(god, key, list(group))

    states = df.select(column).mapInArrow(part, _STATES)
    while True:
        rows = states.repartition(functions.expr(f"partition div {TASK}")).mapInArrow(merge, _STATES).collect()
        if len(rows) <= 1:
            break
        states = df.sparkSession.createDataFrame(rows, _STATES)
    if not rows:
        return None
    found = rows[0].asDict()
    error = found.pop("error")
    if error is not None:
        raise DataError(error)
    # Connect of Spark 3.5 gives numbers of NumPy.
    numbers = {name: int(found[name]) for name in ("partition", "rows", "columns")}
    return Moments(**{**found, **numbers, "state": bytes(found["state"])})


def transform(
    df: DataFrame, model: str, column: str = "vector", *, sha256: Optional[str] = None, god: Sequence[str] = ("god",)
) -> DataFrame:
    """Puts vectors (rows x the model's columns) through a PCA: `projection`, array<float>, stands in their place.

    `model` is a safetensors file that was shipped, or a path that every executor sees; another file than that of `sha256` is
    refused. All other columns stay. Lazy, as all transformations of Spark: see `data_errors`.
    """
    arguments = ["transform", *_hash(sha256)]
    return _mapped(df, column, model, arguments, god, {"projection": "floats"})


def encode(
    df: DataFrame, model: str, column: str = "vector", *, sha256: Optional[str] = None, god: Sequence[str] = ("god",)
) -> DataFrame:
    """Puts vectors (rows x the model's input) through a VAE: `code`, array<float>, stands in their place.

    Parameters are those of `transform`.
    """
    return _mapped(df, column, model, ["encode", *_hash(sha256)], god, {"code": "floats"})


def place(
    df: DataFrame,
    model: str,
    modality: str,
    column: str = "vector",
    *,
    sha256: Optional[str] = None,
    god: Sequence[str] = ("god",),
) -> DataFrame:
    """Finds the places of vectors in a New Reality, which stand in their place.

    `x` and `y` on the map, `cluster`, `sign`, `spread`, `outside`, `nearest` (the row of the nearest object), `nearest_id`, and
    `latent`, array<float>; the package's documentation of `GOD.place` explains them. `model` is a directory, of `GOD.save` or of
    `god run`, and `sha256` the hash of its god.json. `modality` is that of the vectors. Other parameters are those of `transform`.
    """
    arguments = ["place", "--modality", modality, *_hash(sha256)]
    numbers = {"x": "float", "y": "float", "cluster": "int", "sign": "string", "spread": "float", "outside": "float"}
    made = {**numbers, "nearest": "int", "nearest_id": "string", "latent": "floats"}
    return _mapped(df, column, model, arguments, god, made)


@contextmanager
def data_errors() -> Iterator[None]:
    """Raises a DataError of one line where an action of Spark fails because of rows that cannot be used.

        with god_spark.data_errors():
            god_spark.transform(df, "pca.safetensors").write.parquet("projected")

    Spark repeats such a task, in vain, as often as spark.task.maxFailures says.
    """
    try:
        yield
    except Exception as error:
        found = re.search(r"god_spark\.DataError: (.+)", str(error))
        if found is None:
            raise
        raise DataError(found[1].strip()) from None


def _hash(sha256: Optional[str]) -> List[str]:
    return [] if sha256 is None else ["--sha256", sha256]


def _mapped(
    df: DataFrame, column: str, model: str, arguments: List[str], god: Sequence[str], made: Dict[str, str]
) -> DataFrame:
    """The rows with columns of the names and types of `made` in the place of `column`."""
    from pyspark.sql import types

    kinds = {
        "float": types.FloatType(),
        "int": types.IntegerType(),
        "string": types.StringType(),
        "floats": types.ArrayType(types.FloatType(), containsNull=False),
    }
    if column not in df.columns:
        raise ValueError(f"Expected `column` to be one of {', '.join(df.columns)} but received {column}")
    kept = [field for field in df.schema.fields if field.name != column]
    schema = types.StructType([*kept, *(types.StructField(name, kinds[kind]) for name, kind in made.items())])

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        partition = str(TaskContext.get().partitionId())
        options = ["--model", _local(model), "--column", column, "--partition", partition]
        return through([*god, "worker", *arguments, *options], batches)

    return df.mapInArrow(work, schema)


def _local(model: str) -> str:
    """Where a model is on an executor: shipped, unpacked into the container's folder, or where the path says."""
    from pyspark import SparkFiles

    shipped = os.path.join(SparkFiles.getRootDirectory(), model)
    return shipped if os.path.exists(shipped) else os.path.abspath(model)


def _rows_of(partition: int, work: Any) -> Iterator[pa.RecordBatch]:
    """The state that `work` returns, as a batch, or its DataError as a row: Spark would repeat a task that raises it."""
    error = None
    try:
        made = work()
        if made is None:
            return
    except DataError as problem:
        made, error = Moments(partition, 0, 0, b"", "", ""), str(problem)
    schema = _STATE.append(pa.field("error", pa.string()))
    yield pa.RecordBatch.from_pylist([{**made._asdict(), "error": error}], schema=schema)


def _merged_rows(god: Sequence[str], partition: int, rows: List[Dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    """The states of `rows` as one row, or their first error."""

    def work() -> Optional[Moments]:
        for row in rows:
            if row["error"] is not None:
                raise DataError(row["error"])
        parts = [Moments(**{name: row[name] for name in Moments._fields}) for row in rows]
        # One alone would keep its bytes: no process for that.
        whole = parts[0] if len(parts) == 1 else merged(god, parts)
        return whole._replace(partition=partition)

    return _rows_of(partition, work)
