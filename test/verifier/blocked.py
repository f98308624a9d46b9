"""Runs a command whose standard output is full and has no reader, and prints its exit code as JSON.

python3 blocked.py socket|terminal|pipe COMMAND [ARG...]
pipe: a pipe of another user, which the command cannot open; needs root.
"""

import json
import os
import pty
import socket
import subprocess
import sys
import termios

kind, command = sys.argv[1], sys.argv[2:]
OTHER_USER = 12345


def fill(descriptor):
    os.set_blocking(descriptor, False)
    try:
        while True:
            os.write(descriptor, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(descriptor, True)


keep, options = None, {}
if kind == "socket":
    mine, keep = socket.socketpair()
    output = mine.fileno()
    fill(output)
elif kind == "terminal":
    keep, output = pty.openpty()
    termios.tcflow(output, termios.TCOOFF)
else:
    keep, output = os.pipe()
    fill(output)
    # That user may not be able to enter the folders above the program.
    program = os.open(command[0], os.O_RDONLY)
    command = [f"/proc/self/fd/{program}", *command[1:]]
    options = {"user": OTHER_USER, "pass_fds": [program]}

child = subprocess.Popen(command, stdout=output, **options)
try:
    code = child.wait(timeout=10)
except subprocess.TimeoutExpired:
    child.kill()
    code = "killed"
print(json.dumps({"code": code}))
