"""Runs a command again and again, one at a time, and prints a line of JSON for each run: how it ended and what it took.

python3 soak.py RUNS COMMAND [ARG...]
"""

import json
import os
import sys
import time

runs, command = int(sys.argv[1]), sys.argv[2:]
for _ in range(runs):
    reading, writing = os.pipe()
    # A report fits into an empty pipe, so that it can be read when the command has ended.
    files = [(os.POSIX_SPAWN_DUP2, writing, fd) for fd in (1, 2)]
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - began
    os.close(writing)
    output = os.read(reading, 65536).decode()
    os.close(reading)
    run = {
        "exitCode": os.waitstatus_to_exitcode(status),
        "output": output,
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
    }
    print(json.dumps(run), flush=True)
