"""Fixtures that the tests of stores share."""

from __future__ import annotations

import pytest

from fewbytes.store import layout, tasks


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 64 records, shards of three blocks: many of each in a small set.

    Worker processes are told both by the process that starts them.
    """
    monkeypatch.setattr(layout, "MOST_RECORDS", 64)
    monkeypatch.setattr(tasks, "BLOCKS_PER_SHARD", 3)
