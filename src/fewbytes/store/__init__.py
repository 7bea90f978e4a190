"""The compressed data set on disk: a folder of Parquet shards with `_meta/` beside them.

    NAME.fb/
      data/train-00000-of-00002.parquet   a row group a block; see layout, records, blocks
      _meta/manifest.json                 what is in it: lengths and hashes, written last
      _meta/state.safetensors             what the codec learned
      _meta/remarks.jsonl                 images skipped, images that are there twice

All but the manifest may be encrypted: see seal (how), sealed (blocks).

Writing: write (the run), staging (what is finished stays), choice (which training images are kept),
tasks (a block, a shard), pool (where they run), finish (manifest), target (a folder), url_target (a
place behind a URL), upload (how files get there). Reading: opening, store, split, shard, files
(local), remote, verify, source (a store compressed anew), tracing (which record was which). URLs:
connection, retry. Training: batches, windows, order, views, map_style.
"""

from fewbytes.store.batches import Batches
from fewbytes.store.manifest import NBytes
from fewbytes.store.opening import open_store
from fewbytes.store.split import StoredSplit
from fewbytes.store.store import Store
from fewbytes.store.tracing import trace
from fewbytes.store.write import compress

__all__ = ["Batches", "NBytes", "Store", "StoredSplit", "compress", "open_store", "trace"]
