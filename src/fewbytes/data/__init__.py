"""Where images come from: one file a kind of source, `load` to choose among them."""

from fewbytes.data.load import load
from fewbytes.data.validation import holdout

__all__ = ["holdout", "load"]
