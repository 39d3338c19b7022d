"""A receiver of webhooks as a process: `receiver.py LEDGER` prints its port and keeps a ledger.

Each line of the ledger is path, `webhook-id` and a hash of the body, written before the answer.
Every eighth request to `/moody` gets 503.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TextIO


def main(ledger: TextIO) -> None:
    """Listen until the process is ended."""
    asked = 0

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal asked
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                self.close_connection = True  # the sender was killed in the middle of a word
                return
            refused = False
            if self.path == "/moody":
                asked += 1
                refused = asked % 8 == 0
            if not refused:
                digest = sha256(body).hexdigest()
                ledger.write(f"{self.path} {self.headers['webhook-id']} {digest}\n")
                ledger.flush()
            try:
                self.send_response(503 if refused else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the sender was killed before it heard the answer

        def handle(self) -> None:
            vars(self)["protocol_version"] = "HTTP/1.1"
            with suppress(ConnectionResetError):
                super().handle()

        def log_message(self, *_args: object) -> None:
            """Keep the output of the tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    with Path(sys.argv[1]).open("a", encoding="utf-8") as opened:
        main(opened)
