"""Tests of spark/god_spark.py without Spark. test/spark/through.test.ts runs them.

Arguments: a folder with rows.f32 (ROWS x COLUMNS) and accumulator.state, which a PCA accumulator made of them; then the
command `god`.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
import unittest
from array import array

import pyarrow as pa

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../spark"))
import god_spark  # noqa: E402

FOLDER, *GOD = sys.argv[1:]
ROWS, COLUMNS = 5000, 12
with open(os.path.join(FOLDER, "rows.f32"), "rb") as file:
    BYTES = file.read()
FLOATS = array("f", BYTES)
WITH_PID = ["sh", "-c", 'echo $$ > "$0"; exec "$@"']


def lists(values, columns=COLUMNS, type=pa.float32()):
    return pa.FixedSizeListArray.from_arrays(pa.array(values, type), columns).cast(pa.list_(type))


def batches(column, size=700, name="vector"):
    whole = pa.record_batch([column], [name])
    return [whole.slice(at, size) for at in range(0, whole.num_rows, size)]


def pid_in(pid_file):
    """The number that a process writes when it starts. A pipe takes rows before that."""
    while True:
        if os.path.exists(pid_file):
            with open(pid_file) as file:
                text = file.read()
            if text.endswith("\n"):
                return int(text)
        time.sleep(0.01)


def is_alive(pid_file):
    try:
        os.kill(pid_in(pid_file), 0)
    except ProcessLookupError:
        return False
    return True


class Moments(unittest.TestCase):
    def expected(self):
        with open(os.path.join(FOLDER, "accumulator.state"), "rb") as file:
            return file.read()

    def test_the_bytes_are_those_of_the_accumulator_for_every_kind_of_column(self):
        fixed = pa.FixedSizeListArray.from_arrays(pa.array(FLOATS, pa.float32()), COLUMNS)
        width = 4 * COLUMNS
        raw = [BYTES[at : at + width] for at in range(0, len(BYTES), width)]
        kinds = ((fixed, 1), (lists(FLOATS), 700), (lists(FLOATS, type=pa.float64()), 4999), (pa.array(raw, pa.binary()), ROWS))
        for column, size in kinds:
            made = god_spark.moments_of(GOD, batches(column, size))
            self.assertEqual((made.partition, made.rows, made.columns), (0, ROWS, COLUMNS))
            self.assertEqual(made.state, self.expected(), f"{column.type}, batches of {size}")

    def test_only_the_column_is_sent(self):
        rows = [pa.record_batch([lists(FLOATS), pa.nulls(ROWS)], ["v", "other"])]
        self.assertEqual(god_spark.moments_of(GOD, rows, "v").state, self.expected())

    def test_parts_are_merged_by_their_numbers_whoever_merges_first(self):
        parts = [
            god_spark.moments_of(GOD, [batch], partition=number)
            for number, batch in enumerate(batches(lists(FLOATS), 500))
        ]
        self.assertEqual(len(parts), 10)
        whole = god_spark.merged(GOD, parts)
        self.assertEqual((whole.rows, whole.columns), (ROWS, COLUMNS))
        shuffled = random.Random(1).sample(parts, len(parts))
        self.assertEqual(god_spark.merged(GOD, shuffled), whole)
        groups = [god_spark.merged(GOD, parts[at : at + 8]) for at in (0, 8)]
        self.assertEqual(god_spark.merged(GOD, groups), whole)
        self.assertEqual(god_spark.merged(GOD, [None, *parts, None]), whole)

    def test_tasks_of_spark_merge_neighbors_to_the_same_bits(self):
        numbers = (0, 63, 64, 72, 5000)
        parts = [
            god_spark.moments_of(GOD, [batch], partition=number)
            for number, batch in zip(numbers, batches(lists(FLOATS), 1000))
        ]
        rows = [{**part._asdict(), "error": None} for part in parts]
        levels = 0
        while len(rows) > 1:
            made = []
            for key in sorted({row["partition"] // god_spark.TASK for row in rows}):
                near = [row for row in rows if row["partition"] // god_spark.TASK == key]
                (batch,) = god_spark._merged_rows(GOD, key, near)
                self.assertEqual(batch["partition"].to_pylist(), [key])
                made += batch.to_pylist()
            rows = made
            levels += 1
        self.assertEqual((levels, rows[0]["state"]), (3, god_spark.merged(GOD, parts).state))

    def test_without_rows_there_are_no_moments(self):
        empty = batches(lists(FLOATS))[0].slice(0, 0)
        self.assertIsNone(god_spark.moments_of(GOD, [empty]))
        self.assertIsNone(god_spark.moments_of(["/no/such/program"], []))
        self.assertIsNone(god_spark.merged(GOD, []))

    def test_bad_rows_are_a_data_error_of_one_line(self):
        bad = array("f", FLOATS)
        bad[1234 * COLUMNS + 5] = float("nan")
        null = pa.concat_arrays([lists(FLOATS)[:9], pa.nulls(1, pa.list_(pa.float32()))])
        wide = pa.concat_arrays([lists(FLOATS)[:9], lists(FLOATS[:26], 13)])
        for column, words in ((lists(bad), ("row 1234", "nan at 5")), (null, ("row 9",)), (wide, ("row 9", "13"))):
            with self.assertRaises(god_spark.DataError) as caught:
                god_spark.moments_of(GOD, batches(column), partition=7)
            text = str(caught.exception)
            for word in ("partition 7", *words):
                self.assertIn(word, text)
            self.assertEqual(len(text.splitlines()), 1)

    def test_a_data_error_is_a_row_of_the_states_and_wins_over_other_states(self):
        def fail():
            raise god_spark.DataError("row 3")

        good = god_spark.moments_of(GOD, batches(lists(FLOATS)))
        rows = [row for made in (lambda: good, fail) for batch in god_spark._rows_of(5, made) for row in batch.to_pylist()]
        self.assertEqual([(row["partition"], row["rows"], row["error"]) for row in rows], [(0, ROWS, None), (5, 0, "row 3")])
        (merged,) = [row for batch in god_spark._merged_rows(GOD, 0, rows) for row in batch.to_pylist()]
        self.assertEqual((merged["state"], merged["error"]), (b"", "row 3"))
        for god in (GOD, ["/no/such/program"]):
            (alone,) = [row for batch in god_spark._merged_rows(god, 3, rows[:1]) for row in batch.to_pylist()]
            self.assertEqual((alone["partition"], alone["state"], alone["error"]), (3, good.state, None))
        self.assertEqual(god_spark.merged(GOD, [good]).state, good.state)

    def test_a_file_is_complete_and_god_moments_takes_it(self):
        made = god_spark.moments_of(GOD, batches(lists(FLOATS)), partition=9)
        with tempfile.TemporaryDirectory() as folder:
            saved, merged = os.path.join(folder, "pca.arrows"), os.path.join(folder, "merged.arrows")
            made.save(saved)
            self.assertEqual(os.listdir(folder), ["pca.arrows"])
            subprocess.run([*GOD, "moments", "merge", saved, "-o", merged], check=True, capture_output=True)
            with pa.ipc.open_stream(merged) as stream:
                (row,) = stream.read_all().to_pylist()
            self.assertEqual((row["rows"], row["state"]), (ROWS, made.state))


class Through(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.pid = os.path.join(folder.name, "pid")
        self.moments = [*WITH_PID, self.pid, *GOD, "worker", "moments"]

    def test_both_pipes_can_be_full(self):
        rows = batches(lists(FLOATS)) * 200
        back = list(god_spark.through(["cat"], rows))
        self.assertEqual(len(back), len(rows))
        self.assertTrue(all(one.equals(other) for one, other in zip(back, rows)))

    def test_a_worker_that_is_killed_is_an_error_never_a_partial_result(self):
        def killing():
            for number, batch in enumerate(batches(lists(FLOATS)) * 50):
                if number == 20:
                    os.kill(pid_in(self.pid), 9)
                yield batch

        with self.assertRaisesRegex(god_spark.WorkerError, "was killed by signal 9"):
            list(god_spark.through(self.moments, killing()))

    def test_an_error_of_the_batches_is_raised_and_ends_the_process(self):
        def failing():
            yield from batches(lists(FLOATS))
            pid_in(self.pid)
            raise KeyError("source")

        with self.assertRaisesRegex(KeyError, "source"):
            list(god_spark.through(self.moments, failing()))
        self.assertFalse(is_alive(self.pid))

    def test_batches_of_different_columns_are_an_error(self):
        other = batches(lists(FLOATS), name="other")
        with self.assertRaises(pa.ArrowInvalid):
            list(god_spark.through(self.moments, [*batches(lists(FLOATS)), *other]))

    def test_a_caller_that_stops_early_ends_the_process(self):
        rows = batches(lists(FLOATS))
        stream = god_spark.through([*WITH_PID, self.pid, "cat"], (rows[0] for _ in iter(int, 1)))
        self.assertTrue(next(stream).equals(rows[0]))
        stream.close()
        time.sleep(0.1)
        self.assertFalse(is_alive(self.pid))

    def test_a_process_that_fails_says_why(self):
        with self.assertRaisesRegex(god_spark.WorkerError, "ended with 2: .*--colour"):
            list(god_spark.through([*GOD, "worker", "moments", "--colour", "red"], batches(lists(FLOATS))))

    def test_a_stream_that_is_cut_is_an_error_whatever_the_exit_code(self):
        command = [sys.executable, "-c", "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[:-500])"]
        with self.assertRaises((pa.ArrowInvalid, OSError)):
            list(god_spark.through(command, batches(lists(FLOATS))))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
