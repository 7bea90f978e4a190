"""A store's images in the formats of others: class folders, `.npz`, Parquet, WebDataset, Hugging
Face.

What is written are the images as the store decodes them. What its codec lost stays lost.

`export` chooses the format and checks; each format is a file of its own with one function, `write`,
that is given a `Job` (the records, a piece at a time) and a place (which is whole or not there).
"""

from fewbytes.exports.export import FORMATS, export
from fewbytes.exports.job import ExportWatcher, SilentExport

__all__ = ["FORMATS", "ExportWatcher", "SilentExport", "export"]
