#!/usr/bin/env python3
"""Talks to a running `masstree serve` with nothing but a socket and the package `msgpack`.

    python3 client.py [HOST:PORT]
"""

import socket
import sys

import msgpack

GET, SCAN, PUT, REPLACE, REMOVE, HANDSHAKE, RANGE = 2, 4, 6, 8, 10, 14, 24

host, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:2117").rsplit(":", 1)
server = socket.create_connection((host, int(port)))
replies = msgpack.Unpacker(raw=True)  # keys and values are bytes, not text
seq = 0


def send(command, *arguments):
    global seq
    server.sendall(msgpack.packb([seq, command, *arguments]))
    seq = seq % 65535 + 1


def receive():
    while True:
        for reply in replies:
            number, code, *results = reply
            if code == -1:
                raise RuntimeError(results[0].decode())
            return results
        data = server.recv(65536)
        if not data:
            raise ConnectionError("closed by the server")
        replies.feed(data)


def call(command, *arguments):
    send(command, *arguments)
    return receive()


accepted, max_seq, version, *abilities = call(HANDSHAKE, {"core": -1, "maxkeylen": 255, "proto": 2})
print("connected to", version.decode())

print("REPLACE", call(REPLACE, "python/k1", "hello"))
print("PUT", call(PUT, "python/k2", 0, "first", 2, b"\x00third"))
print("GET", call(GET, "python/k1"), call(GET, "python/k2"), call(GET, "python/none"))
print("SCAN", call(SCAN, "python/", 2))
print("RANGE", call(RANGE, {"prefix": "python/", "reverse": True, "keys_only": True}))

for number in range(1000):  # many requests, then all their replies
    send(REPLACE, f"python/many/{number:04}", str(number))
new = [receive() for _ in range(1000)].count([1])
print(new, "inserted")

keys = call(RANGE, {"prefix": "python/", "keys_only": True})
removed = [call(REMOVE, key) for key in keys].count([True])
print(removed, "removed")
assert removed == 1002 and call(GET, "python/k1") == [-2]
