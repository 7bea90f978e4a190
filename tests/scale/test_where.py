"""Engines and addresses that make no sense, or are not there: one clear error, soon."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from threading import Thread

import pytest

from fewbytes.errors import EngineError, InputError, MissingExtraError
from fewbytes.scale import address, at_work, dask, ray
from fewbytes.scale.address import Greeting, checked
from fewbytes.scale.here import Here
from fewbytes.scale.processes import Processes


def entered(**asked: object) -> object:
    with at_work(**asked) as engine:  # type: ignore[arg-type]
        return engine


def test_one_local_worker_is_this_process() -> None:
    assert isinstance(entered(), Here)
    assert isinstance(entered(workers=1), Here)
    several = entered(workers=3)
    assert isinstance(several, Processes)
    assert several.workers == 3
    assert entered(engine=several) is several


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"engine": "spark"}, "an engine is local, dask or ray, not 'spark'"),
        ({"workers": 0}, "workers must be at least 1, not 0"),
        ({"threads": 0}, "threads must be at least 1, not 0"),
        ({"address": "head:6379"}, "give --engine dask or --engine ray too"),
        ({"engine": "ray", "address": "head"}, "an address is HOST:PORT, not 'head'"),
        ({"engine": "ray", "address": "head:99999"}, "an address is HOST:PORT, not 'head:99999'"),
        ({"engine": "ray", "address": "ray://head:10001"}, "does not go through ray://"),
        ({"engine": "dask", "address": "tcq://head:8786"}, "tcp:// or tls:// .* may stand before"),
        ({"engine": "dask", "address": ""}, "an address is HOST:PORT, not ''"),
    ],
)
def test_nonsense_is_refused(asked: dict[str, object], said: str) -> None:
    if asked.get("engine") in ("dask", "ray"):
        pytest.importorskip({"dask": "distributed", "ray": "ray"}[str(asked["engine"])])
    with pytest.raises(InputError, match=said):
        entered(**asked)


@pytest.mark.parametrize(("engine", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_missing_package_names_its_extra(
    engine: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"needs {package}.*fewbytes\[{engine}\]"):
        entered(engine=engine)


class Server:
    """Says one thing to whoever connects."""

    def __init__(self, says: bytes) -> None:
        self.socket = socket.create_server(("localhost", 0))
        self.address = f"localhost:{self.socket.getsockname()[1]}"
        self.says = says
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            connection.sendall(self.says)
            self.kept = connection  # closed, it would end what the other side waits for


@pytest.fixture(params=[b"HTTP/1.0 400 Bad Request\r\n\r\n", b""], ids=["other", "silent"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    found = Server(request.param)
    yield found
    found.socket.close()


@pytest.mark.parametrize("greeting", [dask.GREETING, ray.GREETING], ids=["dask", "ray"])
def test_another_server_is_told_apart(
    server: Server, greeting: Greeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "REACH_SECONDS", 0.3)
    with pytest.raises(EngineError, match=f"what answers at {server.address} is no "):
        checked(server.address, greeting, {})


def test_nobody_there() -> None:
    with socket.create_server(("localhost", 0)) as free:
        nobody = f"localhost:{free.getsockname()[1]}"
    with pytest.raises(EngineError, match=rf"no cluster answers at {nobody} \(.*refused"):
        checked(nobody, ray.GREETING, {})
    with pytest.raises(EngineError, match=r"no cluster answers at no-such-host\.invalid:1"):
        checked("no-such-host.invalid:1", ray.GREETING, {})
