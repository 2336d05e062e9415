"""Locks by the tooz of a release: reads `verb lock` line by line, answers with a line of JSON."""

import json
import logging
import sys

from tooz import coordination

logging.disable(logging.CRITICAL)
coordinator = coordination.get_coordinator(sys.argv[1], sys.argv[2].encode())
locks = {}


def answer(verb, name):
    if verb == "start":
        coordinator.start(start_heart=True)
        return True
    lock = locks.setdefault(name, coordinator.get_lock(name.encode()))
    return lock.acquire(blocking=False) if verb == "take" else lock.release()


for line in sys.stdin:
    try:
        result = {"done": answer(*line.split())}
    except Exception as error:
        result = {"failed": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(result), flush=True)
