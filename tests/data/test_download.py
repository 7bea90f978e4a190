"""Downloads, from a server on this machine: cached, verified, and clear when they fail."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.data import download, open_source
from fewbytes.errors import SourceError


class Server:
    """Serves `files`; counts requests; stops after `cut` bytes of a body."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.cut: int | None = None
        self.url = ""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.append(self.path)
            content = state.files.get(self.path.lstrip("/"))
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write((content or b"")[: state.cut])

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.url = f"http://127.0.0.1:{http.server_port}"
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv(download.MIRROR_VARIABLE, state.url)
        monkeypatch.setenv(download.CACHE_VARIABLE, str(tmp_path / "cache"))
        monkeypatch.delenv(download.DATA_VARIABLE, raising=False)
        monkeypatch.chdir(tmp_path)
        yield state
        http.shutdown()
        thread.join()


def publish(
    server: Server, monkeypatch: pytest.MonkeyPatch, name: str, files: dict[str, bytes]
) -> None:
    """Serve these files as the data set, with their checksums."""
    sums = {file: hashlib.md5(content).hexdigest() for file, content in files.items()}
    monkeypatch.setitem(download.REMOTES, name, download.Remote("http://127.0.0.1:1", sums))
    server.files |= {f"{name}/{file}": content for file, content in files.items()}


def small_fashion() -> dict[str, bytes]:
    files = {}
    for prefix, count in (("train", 3), ("t10k", 2)):
        images = struct.pack(">4B3I", 0, 0, 8, 3, count, 4, 4) + bytes(range(16)) * count
        labels = struct.pack(">4BI", 0, 0, 8, 1, count) + bytes(range(count))
        files[f"{prefix}-images-idx3-ubyte.gz"] = gzip.compress(images)
        files[f"{prefix}-labels-idx1-ubyte.gz"] = gzip.compress(labels)
    return files


def small_cifar() -> bytes:
    packed = io.BytesIO()
    names = [*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"]
    contents = {name: bytes([k]) + bytes(3072) for k, name in enumerate(names)}
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in {
            **{f"cifar-10-batches-bin/{name}": content for name, content in contents.items()},
            "cifar-10-batches-bin/batches.meta.txt": b"a\nb\nc\nd\ne\nf\n",
            "../escaped.bin": b"x",
            "cifar-10-batches-bin/../../escaped.bin": b"x",
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def test_the_second_load_makes_no_request(server: Server, monkeypatch: Any) -> None:
    publish(server, monkeypatch, "fashion-mnist", small_fashion())
    data = fb.load("fashion-mnist")
    assert data.train.images.shape == (3, 4, 4, 1)
    assert data.test.labels.tolist() == [0, 1]
    assert len(server.requests) == 4
    assert np.array_equal(fb.load("fashion-mnist").train.images, data.train.images)
    assert len(server.requests) == 4


def test_cifar_is_read_inside_its_archive(server: Server, monkeypatch: Any, tmp_path: Path) -> None:
    publish(server, monkeypatch, "cifar10", {"cifar-10-binary.tar.gz": small_cifar()})
    source = open_source("cifar10")
    assert source.class_names == tuple("abcdef")
    assert source.read("train", 0, 5).labels.tolist() == [0, 1, 2, 3, 4]
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert left == ["cifar-10-binary.tar.gz"]


def test_a_wrong_checksum_is_reported_and_deleted(
    server: Server, monkeypatch: Any, tmp_path: Path
) -> None:
    publish(server, monkeypatch, "cifar10", {"cifar-10-binary.tar.gz": small_cifar()})
    server.files["cifar10/cifar-10-binary.tar.gz"] += b"x"
    with pytest.raises(SourceError, match="its checksum is wrong, so it was deleted") as raised:
        fb.load("cifar10")
    assert f"{server.url}/cifar10/cifar-10-binary.tar.gz" in str(raised.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_download_that_breaks_off_leaves_nothing(
    server: Server, monkeypatch: Any, tmp_path: Path
) -> None:
    publish(server, monkeypatch, "fashion-mnist", small_fashion())
    server.cut = 10
    with pytest.raises(SourceError, match="the connection broke off"):
        fb.load("fashion-mnist")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    server.cut = None
    assert len(fb.load("fashion-mnist").train) == 3


def test_a_damaged_cache_is_fetched_again(server: Server, monkeypatch: Any, tmp_path: Path) -> None:
    publish(server, monkeypatch, "fashion-mnist", small_fashion())
    fb.load("fashion-mnist")
    cached = tmp_path / "cache" / "fashion-mnist" / "train-labels-idx1-ubyte.gz"
    cached.write_bytes(b"damaged")
    assert len(fb.load("fashion-mnist").train) == 3
    assert len(server.requests) == 5


def test_no_network_is_one_clear_line(server: Server, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv(download.MIRROR_VARIABLE, "http://127.0.0.1:9/")
    with pytest.raises(SourceError, match="no connection") as raised:
        fb.load("cifar10")
    said = str(raised.value)
    assert "http://127.0.0.1:9/cifar10/cifar-10-binary.tar.gz" in said
    assert str(tmp_path / "cache") in said
    assert "$FEWBYTES_DATA" in said
    assert "\n" not in said
    monkeypatch.setenv(download.MIRROR_VARIABLE, server.url)
    with pytest.raises(SourceError, match="the server said 404"):
        fb.load("cifar10")


def test_a_copy_under_the_variable_needs_no_network(
    server: Server, monkeypatch: Any, tmp_path: Path
) -> None:
    for name, content in small_fashion().items():
        path = tmp_path / "sets" / "fashion-mnist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    monkeypatch.setenv(download.DATA_VARIABLE, str(tmp_path / "sets"))
    assert len(fb.load("fashion-mnist").train) == 3
    assert not server.requests


def test_the_progress_bar_is_drawn_on_a_terminal_only(
    server: Server, monkeypatch: Any, capsys: Any
) -> None:
    publish(server, monkeypatch, "fashion-mnist", small_fashion())
    download.fetch("fashion-mnist", "train-images-idx3-ubyte.gz")
    assert capsys.readouterr() == ("", "")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    download.fetch("fashion-mnist", "train-labels-idx1-ubyte.gz")
    assert "train-labels-idx1-ubyte.gz" in terminal.getvalue()


def test_the_published_sums_are_those_of_torchvision() -> None:
    assert download.REMOTES["fashion-mnist"].md5 == {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    }
    assert download.REMOTES["cifar10"].md5["cifar-10-binary.tar.gz"].startswith("c32a1d4ab5d03f")
