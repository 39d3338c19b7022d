"""A receiver of webhooks as a process of its own: `python -m benchmarks.receiver` prints its port.

`POST /hang…` is never answered, every other `POST` gets 204 at once. `GET /` tells how many came
and how many different ids they had.
"""

from __future__ import annotations

import asyncio
import sys

_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


async def main() -> None:
    """Listen until the process is ended."""
    ids: set[bytes] = set()
    count = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                request, *lines = head.split(b"\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in lines if b": " in line)
                await reader.readexactly(int(fields.get(b"content-length", 0)))
                if request.startswith(b"POST /hang"):
                    await asyncio.sleep(3600)
                elif request.startswith(b"POST"):
                    count += 1
                    ids.add(fields[b"webhook-id"])
                    writer.write(_ANSWER)
                else:
                    told = f"{count} {len(ids)}".encode()
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told))
                    writer.write(told)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
