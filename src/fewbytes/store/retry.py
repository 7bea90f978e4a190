"""What a network makes fail is tried again, after waits that grow, and given up in the end."""

from __future__ import annotations

import errno
import random
import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from fewbytes.errors import FewbytesError, first_line

TRIES = 5
FIRST_WAIT_SECONDS = 0.2
"""Before the second try; each later wait is twice as long, give or take a half."""

DENIED = (401, 403)
"""HTTP's words for it: trying again changes nothing."""

FINAL = {
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG,
    errno.ENOSYS,
}  # fmt: skip
"""Errors of the operating system that trying again changes nothing of either."""

Result = TypeVar("Result")


class GivenUpError(Exception):
    """All tries failed, or one in a way that no other would change. Its text goes on from what was
    tried: `: No space left on device` or `, after 5 tries: the connection was reset`.
    """

    def __init__(self, tries: int, error: Exception) -> None:
        after = f", after {tries} tries" if tries > 1 else ""
        super().__init__(f"{after}: {said(error)}")


def said(error: Exception) -> str:
    """What an error says, in a few words."""
    words = re.sub(r"^\[Errno -?\d+\] ", "", first_line(error))
    return words or ("no answer" if isinstance(error, TimeoutError) else type(error).__name__)


def tried(
    call: Callable[[], Result], also: type[Exception] = OSError, seconds: float | None = None
) -> Result:
    """The result of `call`, after TRIES tries if need be.

    Args:
        also: errors of our own that are worth another try.
        seconds: how long all tries and waits may take together. What is still under way then is
            left to itself, in a thread that the end of the process does not wait for.

    Raises:
        FileNotFoundError, PermissionError: at once.
        FewbytesError: those of `also` after the last try, others at once.
        GivenUpError: anything else.
    """
    end = None if seconds is None else time.monotonic() + seconds
    for attempt in range(1, TRIES + 1):
        wait = FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
        try:
            return call() if end is None else begun(call).result(end - time.monotonic())
        except (FileNotFoundError, PermissionError):
            raise
        except FewbytesError as error:
            if attempt == TRIES or not isinstance(error, also):
                raise
        except Exception as error:  # file systems raise what their libraries raise
            if getattr(error, "status", None) in DENIED:
                raise PermissionError(said(error)) from error
            late = end is not None and time.monotonic() + wait >= end
            if attempt == TRIES or late or _is_final(error):
                raise GivenUpError(attempt, error) from error
        time.sleep(wait)
    raise AssertionError


def begun(call: Callable[[], Result]) -> Future[Result]:
    """`call`, begun in a thread of its own that the end of the process does not wait for."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def _is_final(error: Exception) -> bool:
    return isinstance(error, NotImplementedError) or getattr(error, "errno", None) in FINAL
