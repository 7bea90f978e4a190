"""What others call the splits, and what they are called here."""

from __future__ import annotations

from collections.abc import Iterable

ALIASES = {
    "train": ("train", "training"),
    "test": ("test", "testing"),
    "validation": ("validation", "valid", "val", "dev"),
}
"""Names of splits by ours, in any case of letters."""

WORDS = frozenset(word for words in ALIASES.values() for word in words)


def assign(found: Iterable[str]) -> dict[str, str]:
    """Which of the names found stands for which split: {ours: theirs}, train first.

    A validation split stands in for a test split that is missing. Names that are no split's, and
    second names of one, are left out.
    """
    known = {name.lower(): name for name in found}
    assigned = {}
    for split, words in ALIASES.items():
        theirs = next((known[word] for word in words if word in known), None)
        if theirs is not None:
            assigned[split] = theirs
    if "validation" in assigned and "test" not in assigned:
        assigned["test"] = assigned.pop("validation")
    return assigned


def stands_in(assigned: dict[str, str]) -> tuple[str, ...]:
    """The remark, if one is due, that a validation split is used to test on."""
    theirs = assigned.get("test", "test")
    if theirs.lower() in ALIASES["test"]:
        return ()
    return (f"there is no test split: {theirs!r} is used to test on",)
