"""Where secret keys are found, what is refused in one line that says none of them, and what is
derived from them.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fewbytes import keys
from fewbytes.errors import SecretKeyError

SECRET = "00112233445566778899aabbccddeeff" * 2


@pytest.fixture(autouse=True)
def none_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in keys.variables():
        monkeypatch.delenv(name)
    for name in ("default", "work", "a-b"):  # so that whatever a test sets is taken back
        for variable in (keys.DIGITS, keys.FILE):
            monkeypatch.setenv(variable + name, "")
            monkeypatch.delenv(variable + name)


# RFC 5869, appendix A, test cases 1 to 3
VECTORS = [
    (
        "0b" * 22, bytes(range(13)).hex(), bytes(range(0xF0, 0xFA)).hex(), 42,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(80)).hex(), bytes(range(0x60, 0xB0)).hex(), bytes(range(0xB0, 0x100)).hex(), 82,
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
        "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        "0b" * 22, "", "", 42,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "salt", "info", "length", "expected"), VECTORS)
def test_hkdf_is_that_of_the_rfc(
    key: str, salt: str, info: str, length: int, expected: str
) -> None:
    given = [bytes.fromhex(value) for value in (key, info, salt)]
    assert keys.hkdf(given[0], given[1], given[2], length).hex() == expected


def test_hkdf_is_cryptographys() -> None:
    key, salt = os.urandom(32), os.urandom(32)
    theirs = HKDF(SHA256(), 32, salt, b"a purpose").derive(key)
    assert keys.derived(key, "a purpose", salt) == theirs
    assert keys.derived(key, "another", salt) != theirs != keys.derived(key, "a purpose")


def test_streams_are_the_same_for_ever() -> None:
    key = bytes(range(32))
    assert keys.stream(key, "a purpose", (3, 4), 12).hex() == STREAM
    assert keys.stream(key, "a purpose", (3, 4), 40)[:12].hex() == STREAM
    others = [(key, "a purpose", (34,)), (key, "another", (3, 4)), (bytes(32), "a purpose", (3, 4))]
    assert STREAM not in {keys.stream(*other, 12).hex() for other in others}


STREAM = "0240cc4c42f2d5f7a93537c9"


@pytest.mark.parametrize("written", [SECRET, SECRET.upper(), f"\n {SECRET}\t\r\n"])
def test_a_key_is_found_wherever_it_is_given(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a=b.key"
    file.write_text(written)
    expected = bytes.fromhex(SECRET)
    assert not keys.given("default")
    monkeypatch.setenv("FEWBYTES_KEY_default", written)
    monkeypatch.setenv("FEWBYTES_KEYFILE_a-b", str(file))
    assert keys.given("default")
    assert keys.find() == keys.find("default") == keys.find("a-b") == expected
    keys.use_file(f"work={file}")
    assert keys.find("work") == expected
    keys.use_file(str(file))  # its name has an = in it, and no name of a key before that
    assert keys.find() == expected


def test_the_command_line_comes_first_then_digits_then_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for digit in "123":
        (tmp_path / digit).write_text(digit * 64)
    monkeypatch.setenv("FEWBYTES_KEYFILE_default", str(tmp_path / "3"))
    found.append(keys.find())
    monkeypatch.setenv("FEWBYTES_KEY_default", "2" * 64)
    found.append(keys.find())
    monkeypatch.chdir(tmp_path)
    keys.use_file("1")
    monkeypatch.chdir("/")
    found.append(keys.find())
    assert [key[0] for key in found] == [0x33, 0x22, 0x11]
    assert keys.variables() == {"FEWBYTES_KEYFILE_default": str(tmp_path / "1")}


def piped(content: bytes, place: Path) -> Path:
    """A pipe that somebody writes to, once, as a shell's `<(command)` is."""
    os.mkfifo(place)
    threading.Thread(target=place.write_bytes, args=(content,), daemon=True).start()
    return place


def test_a_pipe_is_read_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEWBYTES_KEYFILE_work", "nowhere")
    keys.use_file(f"work={piped(SECRET.encode() + b'  ', tmp_path / 'pipe')}")
    assert keys.find("work") == keys.find("work") == bytes.fromhex(SECRET)
    assert keys.variables() == {"FEWBYTES_KEY_work": SECRET}  # what worker processes are given


@pytest.mark.parametrize("content", [b"", b"\0" * 64, SECRET[:63].encode(), b"1" * 9000])
def test_a_pipe_without_a_key_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(SecretKeyError, match="is not 64 hexadecimal digits"):
        keys.use_file(str(piped(content, tmp_path / "pipe")))
    assert not keys.given("default")


def test_workers_adopt_what_their_parent_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEWBYTES_KEY_default", SECRET)
    secrets = keys.variables()
    monkeypatch.setenv("FEWBYTES_KEY_work", "1" * 64)
    monkeypatch.setenv("FEWBYTES_KEYFILE_default", "nowhere")
    keys.adopt(secrets)
    assert keys.variables() == secrets == {"FEWBYTES_KEY_default": SECRET}


def refused(name: str = "default") -> str:
    with pytest.raises(SecretKeyError) as caught:
        keys.find(name)
    said = str(caught.value)
    assert "\n" not in said
    assert f"FEWBYTES_KEY_{name}" in said
    assert f"FEWBYTES_KEYFILE_{name}" in said
    assert f"--key {name}=FILE" in said
    for start in range(0, 56, 8):
        assert SECRET[start : start + 8] not in said
    return said


CONTENTS = {
    "empty": b"",
    "spaces": b" \n",
    "63 digits": SECRET[:63].encode(),
    "65 digits": SECRET.encode() + b"0",
    "two lines": f"{SECRET[:32]}\n{SECRET[32:]}".encode(),
    "a prefix": b"0x" + SECRET[2:].encode(),
    "binary": bytes.fromhex(SECRET),
    "high bytes": bytes(range(192, 256)),
    "Arabic digits": "\u0661".encode() * 64,
    "too long": b" " * 5000 + SECRET.encode(),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=list(CONTENTS))
def test_what_is_no_key_is_refused(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / SECRET  # whoever gives a key in place of its file is not shown it either
    file.write_bytes(content)
    with pytest.raises(SecretKeyError, match="64 hexadecimal digits"):
        keys.use_file(str(file))
    assert "is not 64 hexadecimal digits" in refused()
    if b"\0" not in content:
        monkeypatch.setenv("FEWBYTES_KEY_default", os.fsdecode(content[:200]))
        assert "is not 64 hexadecimal digits" in refused()


def test_keys_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is missing" in refused()
    assert "is missing" in refused("a-b")
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "nowhere", tmp_path / "pipe", "", SECRET, "x" * 5000):
        monkeypatch.setenv("FEWBYTES_KEYFILE_default", str(place))
        assert "no file" in refused() or "cannot be read" in refused()
    with pytest.raises(SecretKeyError) as caught:
        keys.use_file(SECRET)
    assert SECRET[:8] not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 33, SECRET, "ä", "a\n"])
def test_names_that_cannot_be(name: str) -> None:
    assert not keys.is_name(name)
    with pytest.raises(SecretKeyError, match="1 to 32 letters") as caught:
        keys.find(name)
    assert SECRET[:8] not in str(caught.value)


def test_checks_tell_keys_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEWBYTES_KEY_default", SECRET)
    key, salt = keys.find(), os.urandom(16)
    check = keys.check_value(key, "a check", salt)
    assert len(check) == 16
    assert keys.checked("default", "a check", salt, check, "this store") == key
    others = [keys.check_value(*o) for o in [(key, "a check", b""), (key, "other", salt)]]
    others += [keys.check_value(bytes(32), "a check", salt), check[:8], b""]
    for other in others:
        with pytest.raises(SecretKeyError, match="not the one that this store was made with"):
            keys.checked("default", "a check", salt, other, "this store")
