"""A web server of this machine that serves a folder in ranges, counts, and fails when told to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class Served:
    """What a server serves, what it was asked for, and how it is to fail.

    `faults` are used up one a request; a fault in `always` is for every request. A fault is an HTTP
    status, or

        drop      the connection ends without an answer
        break     the connection ends in the middle of the answer
        short     the answer has fewer bytes than were asked for, and says so
        damage    one bit is another
        whole     the range is ignored, and all of the file sent
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, ""
        self.asked: list[tuple[str, int]] = []
        """Path and bytes sent, of every request."""
        self.faults: list[int | str] = []
        self.always: int | str | None = None

    @property
    def bytes(self) -> int:
        return sum(sent for _, sent in self.asked)

    def forget(self) -> None:
        self.asked.clear()


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    served = Served(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fault = served.faults.pop(0) if served.faults else served.always
            path = folder / self.path.lstrip("/")
            status, content = 200, path.read_bytes() if path.is_file() else b""
            given = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if isinstance(fault, int) or not path.is_file():
                status, content = fault if isinstance(fault, int) else 404, b"no\n"
            elif given and fault != "whole":
                status, content = 206, content[int(given[1]) : int(given[2]) + 1]
            if fault == "drop":
                self.close_connection = True
                served.asked.append((self.path, 0))
                return
            if fault == "short":
                content = content[:-1]
            if fault == "damage":
                content = content[:-1] + bytes([content[-1] ^ 1])
            sent = content[: len(content) // 2] if fault == "break" else content
            served.asked.append((self.path, len(sent)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(sent)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
