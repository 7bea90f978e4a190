"""Where a cluster is: checked before its own library waits for it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from fewbytes.errors import EngineError, InputError

REACH_SECONDS = 10.0
"""For an answer at an address, and for its first bytes."""

FIRST_BYTES = 64

_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z]+)://)?(?P<host>\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})"
)


@dataclass(frozen=True)
class Greeting:
    """How servers of a kind are told from others: the libraries themselves wait for minutes."""

    kind: str
    said: bytes
    """What they are sent."""
    answer: Callable[[bytes], bool]
    """Whether the first bytes that come back are theirs."""

    def check(self, connection: socket.socket, address: str) -> None:
        """Raise EngineError unless such a server is at the other end."""
        connection.settimeout(REACH_SECONDS)
        found = b""
        with suppress(TimeoutError):
            connection.sendall(self.said)
            found = connection.recv(FIRST_BYTES)
        if not self.answer(found):
            raise EngineError(f"what answers at {address} is no {self.kind}: is the port right?")


def checked(address: str, greeting: Greeting, schemes: Mapping[str, bool]) -> str:
    """The address, once a server of that kind has answered there.

    Args:
        schemes: what may stand before `://`, and whether such a server can be greeted.

    Raises:
        InputError: it is none, such as HOST without :PORT.
        EngineError: nothing answers within REACH_SECONDS, or something else does.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 1 << 16:
        raise InputError(f"an address is HOST:PORT, not {address!r}")
    if found["scheme"] and found["scheme"] not in schemes:
        known = f"; {' or '.join(f'{one}://' for one in schemes)} may stand before" * bool(schemes)
        raise InputError(f"an address is HOST:PORT, not {address!r}{known}")
    host, port = found["host"].strip("[]"), int(found["port"])
    try:
        with socket.create_connection((host, port), REACH_SECONDS) as connection:
            if schemes.get(found["scheme"] or "", True):
                greeting.check(connection, address)
    except OSError as error:
        said = error.strerror or str(error)
        raise EngineError(
            f"no cluster answers at {address} ({said}): is it running, and the address right?"
        ) from error
    return address
