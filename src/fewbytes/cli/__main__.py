"""`fewbytes` and `python -m fewbytes.cli`: run the command line and end the process."""

import atexit
import contextlib
import os
import signal
import sys
from typing import NoReturn

from fewbytes.cli import main
from fewbytes.cli.common import INTERRUPTED, complain

_STANDARD = {"stdout": 1, "stderr": 2}


def run() -> NoReturn:
    """Run the command line; end with its exit code.

    After Ctrl-C a thread of a native library may still be at work. Where its library is taken
    down around it the process aborts, and the exit code would be that of the abort. So the
    process ends here once what Python has to tidy away is tidied away: what is registered
    first runs last. Ctrl-C once a verb has ended, the second one too, ends the process at once,
    whatever is left to tidy.
    """
    code: int | None = None

    def end() -> None:
        if code == INTERRUPTED:
            _end_now()

    _open_closed()
    atexit.register(end)
    try:
        code = main()
    except KeyboardInterrupt:  # outside of any verb, or while the first was being answered
        complain("stopped")
        code = INTERRUPTED
    signal.signal(signal.SIGINT, _end_now)
    sys.exit(code)


def _end_now(*_: object) -> None:
    """End as stopped, and run nothing more: neither Python nor any library is taken down."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # gone, or being written to
            stream.flush()
    os._exit(INTERRUPTED)


def _open_closed() -> None:
    """Open standard streams that were closed (`>&-`), for nothing: else the next file that is
    opened takes their place, and is written to by whoever prints.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= _STANDARD["stderr"]:
        pass
    os.close(number)
    for name, number in _STANDARD.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", closefd=False))  # noqa: SIM115


if __name__ == "__main__":
    run()
