"""Runs a command RUNS times, one at a time, and prints a line of JSON for each run.

python3 soak.py RUNS COMMAND [ARG...]
"""

import json
import os
import sys

runs, command = int(sys.argv[1]), sys.argv[2:]
for _ in range(runs):
    reading, writing = os.pipe()
    # A report fits into an empty pipe, so it can be read after the command ends.
    files = [(os.POSIX_SPAWN_DUP2, writing, fd) for fd in (1, 2)]
    child = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    _, status, usage = os.wait4(child, 0)
    os.close(writing)
    output = os.read(reading, 65536).decode()
    os.close(reading)
    exit_code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"exitCode": exit_code, "output": output, "peak": usage.ru_maxrss}), flush=True)
