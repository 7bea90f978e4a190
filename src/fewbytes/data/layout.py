"""How a folder of class folders is laid out: its splits, its classes, its files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fewbytes.data import splits
from fewbytes.data.fifths import EVERY
from fewbytes.data.files import is_ours
from fewbytes.data.listing import Lister, Listing
from fewbytes.data.walk import Walk, is_hidden, wrong_link
from fewbytes.data.wording import shown, some
from fewbytes.errors import SourceError


@dataclass(frozen=True)
class Found:
    """What a folder holds: files by split, classes in order, remarks."""

    root: Path
    listings: dict[str, Listing]
    class_names: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Inside:
    """What lies directly in a folder, by name, sorted; compressed sets are passed over."""

    folders: tuple[str, ...]
    files: tuple[str, ...]
    links: tuple[str, ...]
    """Links that are not followed."""


def find(path: Path) -> Found:
    """All files of all splits, classes without files left out.

    Raises:
        SourceError: no class folder, or a split without a file.
    """
    root, places = _places(path.resolve())
    inside = {split: _look(root / place, root) for split, place in places.items()}
    names = sorted({name for look in inside.values() for name in look.folders}, key=os.fsencode)
    listings = {split: _list(root, place, names, inside[split]) for split, place in places.items()}
    kept = sorted({int(k) for one in listings.values() for k in np.unique(one.classes)})
    if not kept:
        raise SourceError(
            f"{path}: no class folder with images in it; put the images of each class in a folder "
            "named for the class"
        )
    remarks = _remarks(places, inside, listings, names)
    numbers = np.full(len(names), -1, np.int64)
    numbers[kept] = np.arange(len(kept))
    listings = {split: one.relabelled(numbers) for split, one in listings.items()}
    if "test" not in listings:
        listings, remark = _dealt(path, listings)
        remarks.append(remark)
    for split, listing in listings.items():
        if not len(listing):
            raise SourceError(f"{path}: no image in the {split} split; its class folders are empty")
    return Found(root, listings, tuple(shown(names[k]) for k in kept), tuple(remarks))


def _places(root: Path) -> tuple[Path, dict[str, str]]:
    """The root, and the folder of each split in it: "" is the root itself, which is all train.

    A folder called `train` is a split where it holds folders, and a class where it holds files.
    """
    look = _look(root, root)
    if len(look.folders) == 1 and look.folders[0].lower() not in splits.WORDS:
        # an archive unpacked into a folder of its own: NAME/NAME/train
        below = root / look.folders[0]
        if "train" in splits.assign(_with_folders(below, root)):
            return below, splits.assign(_with_folders(below, root))
    holding = _with_folders(root, root)
    assigned = splits.assign(holding)
    if assigned and "train" not in assigned:
        raise SourceError(f"{root}: {some(holding)} without a train folder beside")
    return root, assigned or {"train": ""}


def _with_folders(place: Path, root: Path) -> list[str]:
    """The folders in `place` that are named as splits and hold folders."""
    named = [name for name in _look(place, root).folders if name.lower() in splits.WORDS]
    return [name for name in named if _look(place / name, root).folders]


def _look(place: Path, root: Path) -> _Inside:
    folders, files, links = list[str](), list[str](), list[str]()
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                if is_hidden(entry.name):
                    continue
                if entry.is_symlink() and wrong_link(entry.path, str(root)):
                    links.append(entry.name)
                elif not entry.is_dir():
                    files.append(entry.name)
                elif not is_ours(entry.path):
                    folders.append(entry.name)
    except OSError as error:
        raise SourceError(f"{place}: cannot be listed: {error.strerror}") from error
    return _Inside(tuple(sorted(folders)), tuple(sorted(files)), tuple(sorted(links)))


def _list(root: Path, place: str, names: list[str], inside: _Inside) -> Listing:
    """The files of one split, classes numbered as in `names`."""
    folders = tuple(f"{place}/{name}/" if place else f"{name}/" for name in names)
    lister = Lister(folders)
    present = set(inside.folders)
    for label, name in enumerate(names):
        if name in present:
            for file, wrong in Walk(str(root / place / name), str(root)):
                lister.add(label, file, wrong)
    return lister.listing()


def _dealt(path: Path, listings: Mapping[str, Listing]) -> tuple[dict[str, Listing], str]:
    """The listings with every fifth file of each class as the test split, and the remark."""
    train, test = listings["train"].dealt()
    if not len(test):
        raise SourceError(
            f"{path}: no test folder, and no class with {EVERY} images to hold one out of; "
            "add train/ and test/ folders or more images"
        )
    remark = "there is no test folder: every fifth file of each class is held out to test on"
    return {**listings, "train": train, "test": test}, remark


def _remarks(
    places: Mapping[str, str],
    inside: Mapping[str, _Inside],
    listings: Mapping[str, Listing],
    names: list[str],
) -> list[str]:
    remarks = list(splits.stands_in(dict(places)))
    for split, look in inside.items():
        prefix = f"{places[split]}/" if places[split] else ""
        used = set(np.unique(listings[split].classes).tolist())
        empty = [name for k, name in enumerate(names) if k not in used and name in look.folders]
        absent = [name for name in names if name not in look.folders]
        said = {
            "class folders without a file are left out": empty,
            "classes without a folder here": absent,
            "files beside the class folders are left out": look.files,
            "links that lead outside of the source are left out": look.links,
        }
        remarks += [f"{prefix or 'the source'}: {what}: {some(which)}"
                    for what, which in said.items() if which]  # fmt: skip
    return remarks
