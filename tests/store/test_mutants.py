"""Mutated stores are refused in one line, or read; nothing else ever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

COUNT = int(os.environ.get("FEWBYTES_FUZZ", "400"))


def test_mutants(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.mutants", str(tmp_path), "0", str(COUNT)],
        cwd=root,
        env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert sum(found["outcomes"].values()) == COUNT
    assert not found["failures"], found["failures"][0]
    kinds = {outcome.split(":")[0] for outcome in found["outcomes"]}
    assert kinds == {"raw", "manifest", "state", "consistent", "both"}
