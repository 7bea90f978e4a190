"""The text form of a codec: what users type, store and paste back.

    codec   = stage ("|" stage)*
    stage   = name (":" value)* (":" option "=" value)*
    sweep   = a codec in which {a,b,c} stands for each of a, b and c in turn

Values are whole numbers, decimals, true/false, words, or sizes (`16` or `12x16`, rows x columns).
The canonical text leaves out every option that has its default.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import MISSING, Field, fields
from typing import Any, TypeAlias, get_type_hints

from fewbytes.codecs import registry
from fewbytes.codecs.stage import Stage
from fewbytes.errors import CodecError

Size: TypeAlias = tuple[int, int]

_BRACES = re.compile(r"\{([^{}]*)\}")


def parse(text: str) -> list[Stage]:
    """The stages that `text` names, each built and checked on its own.

    Raises:
        CodecError: an empty stage, an unknown option, a value of the wrong type or out of range.
        UnknownStageError: a name that no stage has.
    """
    if "{" in text or "}" in text:
        raise CodecError(f"{text!r} is a sweep; one codec is wanted here (no braces)")
    return [_parse_stage(part.strip(), text) for part in text.split("|")]


def canonical(stage: Stage) -> str:
    """The shortest text that parses back to `stage`."""
    values = [(f, getattr(stage, f.name)) for f in fields(stage)]
    positional = [(f, v) for f, v in values if f.metadata.get("positional")]
    while positional and positional[-1][0].default == positional[-1][1]:
        positional.pop()
    named = [(f, v) for f, v in values if not f.metadata.get("positional") and f.default != v]
    words = [stage.name, *(_show(v) for _, v in positional)]
    return ":".join(words + [f"{f.name}={_show(v)}" for f, v in named])


def expand(text: str) -> list[str]:
    """Every codec text that a sweep stands for, in order, without repeats.

    >>> expand("dct:{4,8} | uniform:8")
    ['dct:4 | uniform:8', 'dct:8 | uniform:8']
    """
    pieces = _BRACES.split(text)
    if any("{" in piece or "}" in piece for piece in pieces):
        raise CodecError(f"{text!r}: a brace is not closed; write a sweep as dct:{{4,8,12}}")
    choices = [
        [choice.strip() for choice in piece.split(",")] if i % 2 else [piece]
        for i, piece in enumerate(pieces)
    ]
    if any(not choice for options in choices[1::2] for choice in options):
        raise CodecError(f"{text!r}: a sweep has an empty value; write it as dct:{{4,8,12}}")
    return list(dict.fromkeys("".join(combination) for combination in itertools.product(*choices)))


def _parse_stage(part: str, text: str) -> Stage:
    if not part:
        raise CodecError(f"a stage is missing in {text!r}; write stages as 'dct:16 | uniform:8'")
    name, *words = (word.strip() for word in part.split(":"))
    cls = registry.stage_class(name)
    known = {f.name: f for f in fields(cls)}
    positional = [f for f in known.values() if f.metadata.get("positional")]
    options: dict[str, Any] = {}
    for place, word in enumerate(words):
        key, equals, value = (piece.strip() for piece in word.partition("="))
        if not equals:
            if place >= len(positional):
                raise CodecError(f"{name}: {word!r} is one value too many; {usage(cls)}")
            key, value = positional[place].name, word
        if key not in known:
            hint = registry.suggestion(key, known)
            raise CodecError(f"{name}: no option {key!r}{hint}; {usage(cls)}")
        if key in options:
            raise CodecError(f"{name}: {key} is given twice in {part!r}")
        options[key] = _read(value, get_type_hints(cls)[key], f"{name}: {key}")
    missing = [f.name for f in known.values() if f.default is MISSING and f.name not in options]
    if missing:
        raise CodecError(f"{name}: {missing[0]} is missing; {usage(cls)}")
    try:
        return cls(**options)
    except (TypeError, ValueError) as error:  # from a plug-in that checks its options otherwise
        raise CodecError(f"{name}: {error}") from error


def usage(cls: type[Stage]) -> str:
    """How a stage is written: `write downsample:SIZE[:antialias=false]`."""
    return f"write {cls.name}" + "".join(_show_field(f) for f in fields(cls))


def _show_field(f: Field[Any]) -> str:
    if f.default is MISSING:
        return f":{f.name.upper()}"
    if f.metadata.get("positional"):
        return f"[:{f.name.upper()}]"
    return f"[:{f.name}={_show(f.default)}]"


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return str(value[0]) if value[0] == value[1] else "x".join(map(str, value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        return str(int(value))
    return str(value)


def _read(word: str, kind: Any, where: str) -> Any:
    try:
        if kind is bool:
            return {"true": True, "false": False}[word.lower()]
        if kind == Size:
            rows, _, columns = word.partition("x")
            return (int(rows), int(columns or rows))
        return kind(word)
    except (KeyError, ValueError):
        wanted = {int: "a whole number", float: "a number", bool: "true or false"}
        raise CodecError(
            f"{where} must be {wanted.get(kind, 'a size such as 16 or 12x16')}, not {word!r}"
        ) from None
