"""The Python side of bench/harness/python.ts: answers each line on stdin with one run's measurement."""

import json
import sys
import time


def serve(prepare):
    """prepare(settings) returns (name, run, quality): run() is timed, quality(its result) a dictionary or None."""
    settings = json.loads(sys.argv[1])
    try:
        name, run, quality = prepare(settings)
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}), flush=True)
        return
    print(json.dumps({"name": name}), flush=True)
    for _ in sys.stdin:
        before = forget_peak()
        start = time.perf_counter()
        result = run()
        seconds = time.perf_counter() - start
        answer = {"seconds": seconds}
        if before is not None:
            answer["peakBytes"] = max(0, memory("VmHWM") - before)
        if quality is not None:
            answer["quality"] = quality(result)
        print(json.dumps(answer), flush=True)
        del result


def forget_peak():
    """Lets Linux count this process's peak memory from now on; returns its memory now, None elsewhere."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        return memory("VmRSS")
    except OSError:
        return None


def memory(field):
    """Bytes of one of the fields of /proc/self/status."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))
