"""Runs a command in a network namespace with one name server, and exits with the command's code.

python3 name_server.py DELAY LOST SOCKET COMMAND [ARG...]
The name server loses the first LOST packets, and answers each other packet after DELAY seconds. Every name resolves to 127.0.0.1, whose port 80 is relayed to the Unix socket SOCKET.
"""

import itertools
import socket
import socketserver
import struct
import subprocess
import sys
import threading

delay, lost = float(sys.argv[1]), int(sys.argv[2])
address, relay_to, command = sys.argv[3], sys.argv[4], sys.argv[5:]
A = 1


def answer(query):
    end = query.index(b"\0", 12) + 5
    question = query[12:end]
    (kind,) = struct.unpack(">H", question[-4:-2])
    record = b"\xc0\x0c" + struct.pack(">HHIH", A, 1, 0, 4) + socket.inet_aton(address) if kind == A else b""
    header = query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1 if record else 0, 0, 0)
    return header + question + record


def serve(server):
    for count in itertools.count():
        query, client = server.recvfrom(4096)
        if count >= lost:
            threading.Timer(delay, server.sendto, (answer(query), client)).start()


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Relay(socketserver.BaseRequestHandler):
    def handle(self):
        with socket.socket(socket.AF_UNIX) as beyond:
            beyond.connect(relay_to)
            back = threading.Thread(target=pump, args=(beyond, self.request), daemon=True)
            back.start()
            pump(self.request, beyond)
            back.join()


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
threading.Thread(target=serve, args=(server,), daemon=True).start()
socketserver.ThreadingTCPServer.daemon_threads = True
relay = socketserver.ThreadingTCPServer(("127.0.0.1", 80), Relay)
threading.Thread(target=relay.serve_forever, daemon=True).start()
sys.exit(subprocess.call(command))
