"""fewbytes: the fewest bytes a labelled image training set needs.

    import fewbytes as fb
    data = fb.load("mnist")
    codec = fb.codec("dct:16 | uniform:8 | zstd").fit(data.train.images)
    codes = codec.encode(data.test.images)
    run = fb.study("mnist", codecs=["dct:{4,8,16} | uniform:8 | zstd"], seeds=3)
    store = fb.compress("mnist", "mnist.fb", codec="dct:16 | uniform:8 | zstd")
    for x, y in store["train"].batches(512, view="image", shuffle=True, seed=0): ...

Names are resolved when they are first used, so that importing costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fewbytes.codecs import Codec, FittedCodec, expand, register, stage_names
    from fewbytes.data import load
    from fewbytes.errors import FewbytesError
    from fewbytes.store import Store, StoredSplit
    from fewbytes.types import Dataset, Split
    from fewbytes.verbs.advising import advise
    from fewbytes.verbs.auditing import audit
    from fewbytes.verbs.fingerprinting import fingerprint
    from fewbytes.verbs.identifying import identify
    from fewbytes.verbs.measuring import measure
    from fewbytes.verbs.storing import codec, compress, export, open, verify
    from fewbytes.verbs.studying import Run, study
    from fewbytes.verbs.training import train

__version__ = "0.1.0"

__all__ = [
    "Codec",
    "Dataset",
    "FewbytesError",
    "FittedCodec",
    "Run",
    "Split",
    "Store",
    "StoredSplit",
    "advise",
    "audit",
    "codec",
    "compress",
    "expand",
    "export",
    "fingerprint",
    "identify",
    "load",
    "measure",
    "open",
    "register",
    "stage_names",
    "study",
    "train",
    "verify",
]

_HOMES = {
    "fewbytes.codecs": ("Codec", "FittedCodec", "expand", "register", "stage_names"),
    "fewbytes.data": ("load",),
    "fewbytes.errors": ("FewbytesError",),
    "fewbytes.types": ("Dataset", "Split"),
    "fewbytes.store": ("Store", "StoredSplit"),
    "fewbytes.verbs.advising": ("advise",),
    "fewbytes.verbs.auditing": ("audit",),
    "fewbytes.verbs.fingerprinting": ("fingerprint",),
    "fewbytes.verbs.identifying": ("identify",),
    "fewbytes.verbs.measuring": ("measure",),
    "fewbytes.verbs.storing": ("codec", "compress", "export", "open", "verify"),
    "fewbytes.verbs.studying": ("Run", "study"),
    "fewbytes.verbs.training": ("train",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'fewbytes' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
