"""Runs moto's server on a free port of loopback, prints the port, and ends with standard input.

Standard input is a pipe from the parent: when the parent ends, however it ends, so does this server.
"""

import signal
import sys

from moto.server import ThreadedMotoServer

# Ctrl-C reaches the whole process group; the parent still needs this server while it cleans up.
signal.signal(signal.SIGINT, signal.SIG_IGN)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
