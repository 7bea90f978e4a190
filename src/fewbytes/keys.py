"""Secret keys: where they are found, and what is derived from them.

A key has a name and 32 bytes, written as 64 hexadecimal digits, as `openssl rand -hex 32` prints
them. The key NAME is looked for

    1. in the file that the command line's `--key NAME=FILE` gives (`use_file`), which may be a
       pipe, as a shell's `<(command)` is: it is read once;
    2. in the environment variable FEWBYTES_KEY_NAME, as its digits;
    3. in the file that the environment variable FEWBYTES_KEYFILE_NAME names.

Names are written in variables as they are. A shell's `export` takes none with a hyphen: `env` and
`--key` do.

A key itself encrypts and draws nothing: for every purpose another key is derived from it, and no
message, representation or file holds any part of one. Whoever can read the memory or the
environment of this process can read the key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from fewbytes.errors import SecretKeyError

DEFAULT = "default"

KEY_BYTES = 32
CHECK_BYTES = 16

DIGITS, FILE = "FEWBYTES_KEY_", "FEWBYTES_KEYFILE_"
"""What the names of the two environment variables begin with."""

MOST_FILE_BYTES = 4096
"""Of a file that holds a key and nothing but white space around it."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")  # too short for a key that is given in its place
_DIGITS = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")


def is_name(name: str) -> bool:
    """Whether a key can have that name: 1 to 32 letters, digits, _ and -."""
    return _NAME.fullmatch(name) is not None


def find(name: str = DEFAULT) -> bytes:
    """The 32 bytes of a key.

    Raises:
        SecretKeyError: it is missing, cannot be read, or is not 64 hexadecimal digits.
    """
    if not is_name(name):
        raise SecretKeyError("the name of a key is 1 to 32 letters, digits, _ and -")
    if (said := os.environ.get(DIGITS + name)) is None:
        if (path := os.environ.get(FILE + name)) is None:
            raise refusal(name, "is missing")
        said = _content(name, Path(path))
    return bytes.fromhex(_digits(name, said))


def given(name: str) -> bool:
    """Whether a key of that name is there, usable or not."""
    return DIGITS + name in os.environ or FILE + name in os.environ


def use_file(option: str) -> None:
    """Take a key from a file, in this process and those that it starts, before any other place.

    A file is read again whenever the key is wanted. A pipe can be read once only, and is read now:
    its digits are kept in the environment of this process.

    Args:
        option: `NAME=FILE`, or `FILE` for the key named `default`.

    Raises:
        SecretKeyError: the file holds no key.
    """
    name, equals, path = option.partition("=")
    if not (equals and is_name(name)):
        name, path = DEFAULT, option
    file = Path(path).absolute()
    os.environ.pop(DIGITS + name, None)
    if _is_pipe(file):
        os.environ.pop(FILE + name, None)
        os.environ[DIGITS + name] = _digits(name, _read(name, file))
    else:
        os.environ[FILE + name] = str(file)
    find(name)


def variables() -> dict[str, str]:
    """The environment variables of keys, for worker processes: they may have been started from a
    server that does not know them.
    """
    return {name: value for name, value in os.environ.items() if name.startswith((DIGITS, FILE))}


def adopt(found: Mapping[str, str]) -> None:
    """Let this process have the `variables` of another, and no others."""
    for name in variables():
        del os.environ[name]
    os.environ.update(found)


def refusal(name: str, why: str) -> SecretKeyError:
    """The error that says what is wrong with a key, and where it may be given."""
    return SecretKeyError(
        f"the secret key {name!r} {why}: give it as hexadecimal digits in {DIGITS}{name}, or a "
        f"file that holds them in {FILE}{name} or with --key {name}=FILE"
    )


def derived(key: bytes, purpose: str, salt: bytes = b"") -> bytes:
    """A key for one purpose alone, 32 bytes."""
    return hkdf(key, purpose.encode(), salt, KEY_BYTES)


def hkdf(key: bytes, info: bytes, salt: bytes, length: int) -> bytes:
    """HKDF with HMAC-SHA-256 (RFC 5869, sections 2.2 and 2.3); `length` is at most 8,160 bytes."""
    size = hashlib.sha256().digest_size
    extracted = hmac.digest(salt or bytes(size), key, "sha256")
    expanded, block = b"", b""
    for number in range(1, -(-length // size) + 1):
        block = hmac.digest(extracted, block + info + bytes([number]), "sha256")
        expanded += block
    return expanded[:length]


def stream(key: bytes, purpose: str, shape: tuple[int, ...], length: int) -> bytes:
    """`length` bytes that look random to whoever lacks the key, the same for ever: SHAKE-256 (FIPS
    202) of a key `derived` for it alone, the purpose and the shape of what is drawn.
    """
    about = f"{purpose} {'x'.join(map(str, shape))}"
    return hashlib.shake_256(key + about.encode()).digest(length)


def check_value(key: bytes, purpose: str, salt: bytes) -> bytes:
    """16 bytes that tell whether a key is the one it was, and nothing else of it."""
    return hmac.digest(derived(key, purpose), salt, "sha256")[:CHECK_BYTES]


def checked(name: str, purpose: str, salt: bytes, check: bytes, what: str) -> bytes:
    """The key of that name, once it has been seen to be the one that `what` was made with.

    Raises:
        SecretKeyError: it cannot be found, or is another.
    """
    key = find(name)
    if not hmac.compare_digest(check_value(key, purpose, salt), check):
        raise refusal(name, f"is not the one that {what} was made with")
    return key


def _digits(name: str, said: str) -> str:
    """The digits of a key, without the white space around them."""
    if not _DIGITS.fullmatch(found := said.strip()):
        raise refusal(name, f"is not {2 * KEY_BYTES} hexadecimal digits")
    return found


def _content(name: str, path: Path) -> str:
    """The text of a key's file. Its path is not said: it may be the key, given in its place."""
    try:
        if not path.is_file():
            raise refusal(name, "is to be read from what is no file")
    except OSError as error:
        raise refusal(name, f"cannot be read from its file ({error.strerror})") from None
    return _read(name, path)


def _read(name: str, path: Path) -> str:
    """The text of a key's file or pipe, MOST_FILE_BYTES of it at most."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_FILE_BYTES).decode("ascii", errors="replace")
    except OSError as error:
        raise refusal(name, f"cannot be read from its file ({error.strerror})") from None


def _is_pipe(path: Path) -> bool:
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except (OSError, ValueError):  # `find` says why it cannot be read
        return False
