"""Whenever compressing is stopped, there is a whole store or none, and it can be done again."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fewbytes.codecs import Codec
from fewbytes.data.arrays import ArraySource
from fewbytes.errors import OutputError
from fewbytes.store import compress, open_store, tasks
from fewbytes.store.verify import verify
from tests.store.helpers import contents, made

KILLS = int(os.environ.get("FEWBYTES_KILLS", "6"))

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys, time
from pathlib import Path
from fewbytes.codecs import Codec
from fewbytes.data.arrays import ArraySource
from fewbytes.errors import FewbytesError
from fewbytes.scale import at_work
from fewbytes.store import compress, tasks
from tests.store.helpers import made

target, workers, replace = Path(sys.argv[1]), int(sys.argv[2]), len(sys.argv) > 3
tasks.BLOCKS_PER_SHARD = 3
source = ArraySource(made(1500, 200, (64, 64, 4)))
print("begun", flush=True)
try:
    with at_work(workers=workers) as engine:
        compress(source, target, Codec.parse("identity"), engine=engine, replace=replace)
except FewbytesError as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("done", flush=True)
"""
"""12 blocks of 128 images, 2 MiB each, and two of the test split: five shards."""


def start(target: Path, workers: int, *more: str, **options: object) -> subprocess.Popen[str]:
    process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
        [sys.executable, "-c", PROGRAM, str(target), str(workers), *more],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **options,
    )
    return process


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and standard error, once all that it started is gone too."""
    _, said = process.communicate()
    deadline = time.monotonic() + 60
    while alive(process.pid):
        assert time.monotonic() < deadline, f"still alive: {alive(process.pid)}"
        time.sleep(0.02)
    return process.returncode, said


def alive(session: int) -> list[str]:
    """Names of the processes of a session that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, _, _, its_session = rest.split()[:4]
        if int(its_session) == session and state != "Z":
            found.append(name)
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """The files of the store, and the seconds that writing it takes."""
    target = tmp_path_factory.mktemp("undisturbed") / "a.fb"
    process = start(target, 1)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    begun = time.monotonic()
    assert process.stdout.readline() == "done\n"
    seconds = time.monotonic() - begun
    assert finished(process) == (0, "")
    return contents(target), seconds


def is_whole_or_not_there(target: Path, expected: dict[str, bytes]) -> bool:
    """Whether it is there."""
    if not target.exists():
        return False
    assert contents(target) == expected
    assert all(checked.fault is None for checked in verify(open_store(target).files))
    return True


def done_again(target: Path, expected: dict[str, bytes], replace: bool = False) -> None:
    """Compress anew, here, undisturbed: all is as if nothing had happened."""
    source = ArraySource(made(1500, 200, (64, 64, 4)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "BLOCKS_PER_SHARD", 3)
        compress(source, target, Codec.parse("identity"), replace=replace)
    assert is_whole_or_not_there(target, expected)
    assert not list(target.parent.glob("a.fb.*"))


def moments(seconds: float, count: int) -> Iterator[float]:
    """Moments of a run that takes so long, spread over it and drawn within their part."""
    rng = random.Random(0)
    yield from ((number + rng.random()) * 1.1 * seconds / count for number in range(count))


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_any_moment(
    workers: int, undisturbed: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    """Killed again and again, each time at a random moment: every second time what is there is
    removed first, so that early moments are met as well as late ones.
    """
    expected, seconds = undisturbed
    target = tmp_path / "a.fb"
    outcomes = dict.fromkeys(("stopped", "whole", "finished before"), 0)
    count = (KILLS + 1) // 2
    for number, moment in enumerate(moments(seconds * (1 if workers == 1 else 2.5), count)):
        if number % 2 == 0:
            subprocess.run(["rm", "-rf", *tmp_path.iterdir()], check=True)
        elif target.exists():
            continue
        process = start(target, workers)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(moment)
        process.kill()
        status, _ = finished(process)
        there = is_whole_or_not_there(target, expected)
        outcomes["finished before" if status == 0 else "whole" if there else "stopped"] += 1
    if target.exists():
        with pytest.raises(OutputError, match="exists already"):
            done_again(target, expected)
        assert [path.name for path in tmp_path.iterdir()] == ["a.fb"]
    else:
        done_again(target, expected)
    print(f"workers={workers}: {outcomes}")


def test_killed_while_it_replaces(
    undisturbed: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    expected, seconds = undisturbed
    target = tmp_path / "a.fb"
    done_again(target, expected)
    for moment in moments(seconds, max(2, KILLS // 4)):
        process = start(target, 1, "replace")
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moment)
        process.kill()
        finished(process)
        is_whole_or_not_there(target, expected)
    done_again(target, expected, replace=True)


@pytest.mark.parametrize(
    ("workers", "whom", "done"),
    [(1, "the process", 2), (2, "all of them", 2), (2, "all of them", 0)],
)
def test_an_interrupt_says_nothing_else(
    workers: int, whom: str, done: int, undisturbed: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    """Ctrl-C reaches every process of a terminal; the workers keep quiet, and the server that they
    are forked from does too.
    """
    target = tmp_path / "a.fb"
    process = start(target, workers)
    assert process.stdout is not None
    process.stdout.readline()
    blocks = tmp_path / "a.fb.partial" / "blocks"
    while process.poll() is None:
        if blocks.exists() and len(list(blocks.glob("*.arrow"))) >= done:
            break
        time.sleep(0.001)
    if not done:
        time.sleep(0.5)  # about when the server imports what workers need
    if whom == "the process":
        process.send_signal(signal.SIGINT)
    else:
        os.killpg(process.pid, signal.SIGINT)
    status, said = finished(process)
    assert status == -signal.SIGINT
    # pathlib catches errors of its own, as in `exists` for a file that is not there; an interrupt
    # that strikes within is shown with what was being handled, as one chain
    assert said.count("Traceback") - said.count("During handling of the above") == 1, said
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert not target.exists()
    done_again(target, undisturbed[0])


@pytest.mark.parametrize(
    ("workers", "limit", "folder"), [(1, 5 << 20, "data"), (2, 1 << 20, "blocks")]
)
def test_files_that_may_not_grow(
    workers: int,
    limit: int,
    folder: str,
    undisturbed: tuple[dict[str, bytes], float],
    tmp_path: Path,
) -> None:
    """Blocks have 2 MiB, shards three times as much."""
    target = tmp_path / "a.fb"

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    status, said = finished(start(target, workers, preexec_fn=limited))
    assert status == 1
    assert said.startswith("OutputError: cannot write "), said
    assert f"/{folder}/" in said
    assert said.count("\n") == 1
    assert not target.exists()
    assert not list(tmp_path.rglob("*.part"))
    done_again(target, undisturbed[0])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(undisturbed: tuple[dict[str, bytes], float], small_disk: Path) -> None:
    target = small_disk / "a.fb"
    status, said = finished(start(target, 2))
    assert status == 1
    assert said.startswith("OutputError: cannot write "), said
    assert "No space left on device" in said
    assert said.count("\n") == 1
    assert not target.exists()
    assert not list(small_disk.rglob("*.part"))
    subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
    done_again(target, undisturbed[0])
