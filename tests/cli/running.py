"""The command line, run as users run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable


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


def interrupted(*arguments: str, when: Callable[[], bool]) -> tuple[int, str]:
    """Exit code and standard error where Ctrl-C is pressed as soon as `when()` holds."""
    command = [sys.executable, "-m", "fewbytes.cli", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 100
        while time.monotonic() < deadline and process.poll() is None and not when():
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=60)
    return process.returncode, printed.decode()
