"""How a process of the command line ends where it is stopped, or is given no place to write to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

CODE = 130

ABORTS_AT_EXIT = """
import ctypes, resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
libc = ctypes.CDLL(None)
libc.__cxa_atexit(ctypes.cast(libc.abort, ctypes.c_void_p), None, None)
"""
"""As a native library may that is taken down while a thread of its own is at work."""

STARTS_A_THREAD = """
import threading, time
threading.Thread(target=time.sleep, args=(300,)).start()
"""

INTERRUPTED = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"

TIDIED = "import atexit; atexit.register(print, 'tidied away')"


def process_of(*, verb: str = "", before: str = "") -> subprocess.Popen[str]:
    """`fewbytes codecs` in a process of its own: `before` is run first, and `verb` in its place."""
    code = f"""
import sys
from fewbytes import cli
from fewbytes.cli import codecs
def verb(options):
    exec({verb!r})
    return 0
codecs._codecs = verb
{before}
sys.argv = ["fewbytes", "codecs"]
from fewbytes.cli.__main__ import run
run()
"""
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    with process:
        try:
            out, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    return process.returncode, out, errors


@pytest.mark.skipif(sys.platform == "win32", reason="no C library that is loaded by no name")
def test_a_library_that_aborts_at_exit_does_not_set_the_exit_code_of_what_was_stopped() -> None:
    stopped = ended(process_of(verb=f"{TIDIED}; {INTERRUPTED}", before=ABORTS_AT_EXIT))
    assert stopped == (CODE, "tidied away\n", "fewbytes: stopped\n")
    assert ended(process_of(before=ABORTS_AT_EXIT))[0] == -signal.SIGABRT  # where nothing was


def test_ctrl_c_before_there_is_a_verb() -> None:
    stopped = ended(process_of(before=f"cli.parser = lambda: exec({INTERRUPTED!r})"))
    assert stopped == (CODE, "", "fewbytes: stopped\n")


@pytest.mark.parametrize("last", [INTERRUPTED, "print('fewbytes: stopped', file=sys.stderr)"])
def test_ctrl_c_where_a_verb_has_ended_waits_for_no_thread(last: str) -> None:
    """It was interrupted before, or was not."""
    process = process_of(verb=f"{STARTS_A_THREAD}{last}")
    assert process.stderr is not None
    assert process.stderr.readline() == "fewbytes: stopped\n"
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert ended(process) == (CODE, "", "")


def in_shell(line: str) -> subprocess.CompletedProcess[str]:
    """`fewbytes LINE` as the shell runs it."""
    return subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m fewbytes.cli {line}', sys.executable],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("codecs >&-", 0),
        ("codecs --json >&-", 0),
        ("inspect nowhere 2>&-", 2),
        ("inspect nowhere <&- >&- 2>&-", 2),
        ("inspect nowhere 2>/dev/full", 2),
    ],
)
def test_a_stream_that_is_closed_or_full(line: str, code: int) -> None:
    """What would go there goes nowhere else."""
    done = in_shell(line)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_has_gone_away(options: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "fewbytes.cli", "codecs", *options]
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (CODE, "")
