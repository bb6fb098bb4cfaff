"""The Python side of bench/python.ts: answers each line on stdin with one run's measurement."""

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
        start = time.perf_counter()
        result = run()
        seconds = time.perf_counter() - start
        answer = {"seconds": seconds}
        if quality is not None:
            answer["quality"] = quality(result)
        print(json.dumps(answer), flush=True)
        del result
