"""`fewbytes` and `python -m fewbytes.cli`: run the command line and end the process."""

import atexit
import os
import sys
from typing import NoReturn

from fewbytes.cli import main
from fewbytes.cli.common import INTERRUPTED


def run() -> NoReturn:
    """Run the command line; end with its exit code.

    After Ctrl-C a thread of a native library may still be at work. Where its library is taken
    down around it the process aborts, and the exit code would be that of the abort. So the
    process ends here once what Python has to tidy away is tidied away: what is registered
    first runs last.
    """
    code: int | None = None

    def end() -> None:
        if code == INTERRUPTED:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    atexit.register(end)
    code = main()
    sys.exit(code)


if __name__ == "__main__":
    run()
