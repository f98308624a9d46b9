"""Runs a command without its output, and prints JSON: exit code, wall and CPU seconds, peak memory in bytes.

python3 measure.py COMMAND [ARG...]
"""

import json
import os
import sys
import time

command = sys.argv[1:]
nothing = os.open(os.devnull, os.O_RDWR)
files = [(os.POSIX_SPAWN_DUP2, nothing, fd) for fd in (0, 1, 2)]
began = time.perf_counter()
child = os.posix_spawnp(command[0], command, os.environ, file_actions=files)
_, status, usage = os.wait4(child, 0)
print(
    json.dumps(
        {
            "exitCode": os.waitstatus_to_exitcode(status),
            "wall": time.perf_counter() - began,
            "cpu": usage.ru_utime + usage.ru_stime,
            "peak": usage.ru_maxrss * 1024,
        }
    )
)
