"""The Runtime API as the client speaks it: one connection, kept alive. An answer and the request for the next
invocation leave in one write, and what the host replies to both arrives in one read."""

import os
import socket
import sys

ROOT = "/2018-06-01/runtime/"
HOST = "Host: 127.0.0.1\r\n"
NEXT = f"GET {ROOT}invocation/next HTTP/1.1\r\n{HOST}\r\n".encode()
READ_BYTES = 65536


class Client:
    def __init__(self, channel_fd, address):
        if channel_fd is not None:
            self._socket = socket.socket(fileno=int(channel_fd))
            # It was made by a host that does not block.
            self._socket.setblocking(True)
            # What the function starts has no business with the host.
            self._socket.set_inheritable(False)
        else:
            host, port = address.rsplit(":", 1)
            self._socket = socket.create_connection((host, int(port)))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._pid = os.getpid()

    def first(self):
        """-> (fields by lower-case name, payload) of the first invocation"""
        return self._exchange(NEXT)

    def answer(self, request_id, body):
        """Answers; -> the next invocation"""
        return self._exchange(_post(f"invocation/{request_id}/response", body) + NEXT)

    def fail(self, request_id, body, error_type):
        """Answers with an error; -> the next invocation"""
        return self._exchange(_post(f"invocation/{request_id}/error", body, error_type) + NEXT)

    def fail_init(self, body, error_type):
        self._socket.sendall(_post("init/error", body, error_type))
        self._reply()

    def _exchange(self, message):
        if os.getpid() != self._pid:
            # A handler that has forked, and returned in its child too: the answer is its parent's to give.
            os._exit(0)
        self._socket.sendall(message)
        while True:
            fields, body = self._reply()
            # Other replies say that an answer was taken, or refused: the host has settled that by itself.
            if "lambda-runtime-aws-request-id" in fields:
                return fields, body

    def _reply(self):
        data = self._rest
        while True:
            end = data.find(b"\r\n\r\n")
            if end >= 0:
                break
            data += self._receive()
        fields = {}
        for line in data[:end].decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        start = end + 4
        body_end = start + int(fields.get("content-length", "0"))
        if len(data) < body_end:
            parts = [data]
            missing = body_end - len(data)
            while missing > 0:
                part = self._receive()
                parts.append(part)
                missing -= len(part)
            data = b"".join(parts)
        self._rest = data[body_end:]
        return fields, data[start:body_end]

    def _receive(self):
        part = self._socket.recv(READ_BYTES)
        if not part:
            # Without its host a runtime has nothing to live for.
            sys.exit(1)
        return part


def _post(path, body, error_type=None):
    kind = ""
    if error_type is not None:
        text = "".join(c for c in error_type if " " <= c <= "~")
        kind = f"Lambda-Runtime-Function-Error-Type: {text}\r\n"
    return (
        f"POST {ROOT}{path} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"
        f"{kind}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
