"""A bare Python process that answers each framed message with the bytes of a file, its request's id put in.

It loads nothing but what reading and writing needs: the floor for a server in Python.
"""

import json
import os
import sys


def main() -> None:
    answer = open(sys.argv[1], "rb").read()  # noqa: PTH123, SIM115 - pathlib would be most of the start
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            chunk = os.read(0, 65536)
            if not chunk:
                return
            buffer += chunk
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        length = int(head.split(b":")[1])
        while len(buffer) < length:
            buffer += os.read(0, 65536)
        request = json.loads(buffer[:length])
        buffer = buffer[length:]
        if "id" in request:
            body = b'{"jsonrpc":"2.0","id":%d,"result":%s}' % (request["id"], answer)
            view = memoryview(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            while view:
                view = view[os.write(1, view) :]
        elif request.get("method") == "exit":
            return


main()
