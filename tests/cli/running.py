"""The command line, run as users run it."""

from __future__ import annotations

import os
import subprocess
import sys


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`fewbytes ARGUMENTS` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "fewbytes.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )
