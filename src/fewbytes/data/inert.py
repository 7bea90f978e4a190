"""What a pickle holds, without running it.

A pickle is a program: it may name any function of any module and call it. CIFAR's Python version
is published as pickles all the same. This reads the few instructions that such files use, over
the standard library's own disassembler, and builds plain values. A function named in the file
stays a name, and a call stays a record of what would be called. Nothing is imported and nothing
is run, and any other instruction or name is refused.
"""

from __future__ import annotations

import math
import pickletools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import SourceError

_NAMES = frozenset(
    {
        "_codecs encode",
        "numpy dtype",
        "numpy ndarray",
        *(
            f"numpy.{core}.{name}"
            for core in ("core", "_core")
            for name in ("multiarray _reconstruct", "numeric _frombuffer")
        ),
    }
)
"""All that arrays, and bytes in the old protocol, need to be called."""


@dataclass(frozen=True)
class Name:
    """Something that the file names: module and name, a space between. Only a text here."""

    text: str


@dataclass
class Call:
    """A call that the file asks for, and the state it would set; neither is done."""

    function: str
    arguments: tuple[Any, ...]
    state: Any = None


class _Mark:
    """Where a run of items on the stack begins."""


def read(content: bytes, where: str) -> Any:
    """The value that a pickle describes, of dicts, lists, tuples, texts, bytes, numbers, `Name`s
    and `Call`s.

    Raises:
        SourceError: damaged, cut short, or with an instruction or a name that no data set needs.
    """
    machine = _Machine(where)
    try:
        for opcode, argument, _ in pickletools.genops(content):
            machine.step(opcode.name, argument)
        return machine.pop()
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, UnicodeError) as error:
        said = " ".join(str(error).split())[:100]
        raise SourceError(f"{where}: damaged, or cut short ({said})") from error


class _Machine:
    def __init__(self, where: str) -> None:
        self.where = where
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        if name in _LITERALS:
            self.stack.append(_LITERALS[name](argument))
        elif name in _ACTIONS:
            _ACTIONS[name](self, argument)
        elif name not in ("PROTO", "FRAME", "STOP"):
            raise SourceError(f"{self.where}: refused: it uses {name}, which no data set needs")

    def pop(self) -> Any:
        value = self.stack.pop()
        if isinstance(value, _Mark):
            raise ValueError("a value is missing")
        return value

    def to_mark(self) -> list[Any]:
        items = []
        while not isinstance(self.stack[-1], _Mark):
            items.append(self.stack.pop())
        self.stack.pop()
        return items[::-1]

    def tuple_of(self, count: int) -> None:
        items = [self.pop() for _ in range(count)][::-1]
        self.stack.append(tuple(items))

    def name(self, text: str) -> None:
        if text not in _NAMES:
            raise SourceError(
                f"{self.where}: refused: it names {text[:80]!r}, which no data set needs; "
                "nothing was run"
            )
        self.stack.append(Name(text))

    def stack_name(self) -> None:
        name, module = self.pop(), self.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise ValueError("a name that is no text")
        self.name(f"{module} {name}")

    def call(self) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise ValueError("a call of what is no function")
        self.stack.append(Call(function.text, arguments))

    def build(self) -> None:
        state, value = self.pop(), self.stack[-1]
        if not isinstance(value, Call) or value.state is not None:
            raise ValueError("a state for what has none")
        value.state = state

    def append(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise ValueError("items for what is no list")
        self.stack[-1].extend(items)

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise ValueError("entries for what is no dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            plain = text(key)
            if plain is None:
                raise ValueError("a key that is no text")
            target[plain] = value

    def memorise(self, index: int) -> None:
        self.memo[index] = self.stack[-1]


def text(value: Any) -> str | None:
    """A text, however it was written: str, Python 2's str, bytes. None where it is no text."""
    if isinstance(value, Call):
        try:
            value = _encoded(value)
        except (ValueError, TypeError, AttributeError):
            return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


def array(value: Any, where: str) -> NDArray[Any]:
    """The array of whole numbers that a call describes, or that a list of them is.

    Raises:
        SourceError: it is neither, or its bytes are not as many as its shape asks for.
    """
    try:
        if isinstance(value, list):
            # a list of lists could hold itself, or one list a billion times
            if not all(type(item) is int for item in value):
                raise ValueError("a list of other things than whole numbers")
            return np.array(value, np.int64)
        return _array(value)
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise SourceError(f"{where}: an array that cannot be read: {error}") from error


def _array(value: Any) -> NDArray[Any]:
    if not isinstance(value, Call):
        raise ValueError("not an array")
    if value.function.endswith("_frombuffer"):
        content, kind, shape, order = value.arguments
    else:
        _, shape, kind, fortran, content = value.state
        order = "F" if fortran else "C"
    if isinstance(content, Call):
        content = _encoded(content)
    if isinstance(content, str):  # Python 2's str
        content = content.encode("latin-1")
    dtype = _dtype(kind)
    if len(content) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"shape {tuple(shape)} of {dtype} from {len(content):,} bytes")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if order == "F" else "C")


def _dtype(kind: Any) -> np.dtype[Any]:
    """Whole numbers only, so that no dtype can ask for objects."""
    name = text(kind.arguments[0]) or ""
    if kind.function != "numpy dtype" or not re.fullmatch(r"[iu][1248]", name):
        raise ValueError(f"numbers of the type {name[:20]!r}")
    order = text(kind.state[1]) if kind.state else "|"
    return np.dtype(f"{'>' if order == '>' else '<'}{name}")


def _encoded(call: Call) -> bytes:
    """Bytes, as protocol 2 writes them in Python 3: a text, and a request to encode it."""
    content, encoding = call.arguments
    if call.function != "_codecs encode" or encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes of an unknown encoding")
    return bytes(content.encode("latin-1"))


_LITERALS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        (
            "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE",
            "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
        ),
        lambda argument: argument,
    ),
    # the disassembler gives Python 2's str as Latin-1, and so it stays
    **dict.fromkeys(("BINSTRING", "SHORT_BINSTRING"), lambda argument: argument),
    "BYTEARRAY8": bytes,
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_DICT": lambda _: {},
    "EMPTY_LIST": lambda _: [],
    "EMPTY_TUPLE": lambda _: (),
    "MARK": lambda _: _Mark(),
}  # fmt: skip

_ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "TUPLE": lambda m, _: m.stack.append(tuple(m.to_mark())),
    "TUPLE1": lambda m, _: m.tuple_of(1),
    "TUPLE2": lambda m, _: m.tuple_of(2),
    "TUPLE3": lambda m, _: m.tuple_of(3),
    "APPEND": lambda m, _: m.append([m.pop()]),
    "APPENDS": lambda m, _: m.append(m.to_mark()),
    "SETITEM": lambda m, _: m.set_items([m.pop(), m.pop()][::-1]),
    "SETITEMS": lambda m, _: m.set_items(m.to_mark()),
    "GLOBAL": lambda m, argument: m.name(argument),
    "STACK_GLOBAL": lambda m, _: m.stack_name(),
    "REDUCE": lambda m, _: m.call(),
    "BUILD": lambda m, _: m.build(),
    "BINPUT": lambda m, argument: m.memorise(argument),
    "LONG_BINPUT": lambda m, argument: m.memorise(argument),
    "MEMOIZE": lambda m, _: m.memorise(len(m.memo)),
    "BINGET": lambda m, argument: m.stack.append(m.memo[argument]),
    "LONG_BINGET": lambda m, argument: m.stack.append(m.memo[argument]),
}
