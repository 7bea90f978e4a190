"""Examples run, and CONTRIBUTING's stage is built exactly as printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fewbytes.codecs import Codec, registry
from fewbytes.types import Dataset

ROOT = Path(__file__).parent.parent


def _blocks(document: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)


def test_the_stage_of_contributing(monkeypatch: pytest.MonkeyPatch, tiny: Dataset) -> None:
    stage_code, test_code = _blocks("CONTRIBUTING.md")[:2]
    assert len(stage_code.splitlines()) <= 30
    module = ModuleType("halve")
    monkeypatch.setitem(sys.modules, "halve", module)
    monkeypatch.setattr(registry, "_registered", {})
    exec(compile(stage_code, "halve.py", "exec"), module.__dict__)
    registry.register(module.Halve)
    checks: dict[str, object] = {}
    exec(compile(test_code, "test_halve.py", "exec"), checks)
    tests = [check for name, check in checks.items() if name.startswith("test_")]
    assert len(tests) == 1
    assert callable(tests[0])
    tests[0]()
    fitted = Codec.parse("halve | zstd").fit(tiny.train.images)
    decoded = fitted.decode(fitted.encode(tiny.test.images))
    assert np.array_equal(decoded, tiny.test.images // 2 * 2)


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.stem)
def test_examples_run(example: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(example), "--small"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
