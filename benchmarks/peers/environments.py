"""The peers, a virtual environment for each that cannot share one, and a run of one peer's script.

    python benchmarks/peers/environments.py [--folder benchmarks/peers/.venvs] [--peer NAME ...]

mosaicml-streaming wants an older NumPy and boto3 of its own, litdata another boto3, so these two
have an environment each; the others agree on one. The yardstick needs NumPy alone and runs in the
environment that asks for it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FOLDER = HERE / ".venvs"

PEERS: dict[str, str | None] = {
    "memmap": None,
    "fewbytes": None,
    "datasets": "shared",
    "grain": "shared",
    "lance": "shared",
    "litdata": "litdata",
    "streaming": "streaming",
    "webdataset": "shared",
}
"""The script of each peer, and its environment; None: the one that is running."""


def python(environment: str | None, folder: Path = FOLDER) -> Path:
    """The Python of an environment, whether it is there or not."""
    if environment is None:
        return Path(sys.executable)
    scripts = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return folder / environment / scripts


def create(environment: str, folder: Path = FOLDER) -> None:
    """Make an environment and install what its requirements pin, torch first and by itself.

    So pip takes the build of torch that it is configured to take before any peer asks for one.
    """
    requirements = HERE / f"requirements-{environment}.txt"
    torch = [line for line in requirements.read_text().splitlines() if line.startswith("torch==")]
    venv.create(folder / environment, with_pip=True, clear=True)
    for what in (torch, ["--requirement", str(requirements)]):
        if what:
            command = [str(python(environment, folder)), "-m", "pip", "install", "--quiet", *what]
            subprocess.run(command, check=True)


def run(
    peer: str,
    *,
    folder: Path,
    records: int,
    record_bytes: int,
    epochs: int,
    way: str | None = None,
    environments: Path = FOLDER,
    timeout_seconds: float = 1800,
) -> dict[str, Any]:
    """Run a peer's script on an empty or new `folder`; what its JSON line says.

    Where that fails, {"peer": ..., "error": one line}, so that the other peers can go on.
    """
    interpreter = python(PEERS[peer], environments)
    if not interpreter.exists():
        return {"peer": peer, "error": f"no environment: run python {HERE / 'environments.py'}"}
    command = [str(interpreter), "-m", f"{HERE.name}.{peer}", "--folder", str(folder.resolve())]
    command += ["--records", str(records), "--record-bytes", str(record_bytes)]
    command += ["--epochs", str(epochs), *(["--way", way] if way else [])]
    try:
        done = subprocess.run(
            command, cwd=HERE.parent, capture_output=True, text=True, timeout=timeout_seconds
        )
    except subprocess.TimeoutExpired:
        return {"peer": peer, "error": f"not done after {timeout_seconds:g} s"}
    if done.returncode:
        return {"peer": peer, "error": last_line(done.stderr) or f"exit {done.returncode}"}
    try:
        line: dict[str, Any] = json.loads(last_line(done.stdout))
    except json.JSONDecodeError:
        return {"peer": peer, "error": f"no JSON line: {last_line(done.stdout)!r}"}
    return line


def last_line(text: str) -> str:
    """The last line that is not empty."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def main() -> None:
    """Make the environments of the peers asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--peer", action="append", choices=sorted(PEERS), help="default: all")
    args = parser.parse_args()
    wanted = {PEERS[peer] for peer in args.peer or PEERS}
    for environment in sorted(name for name in wanted if name):
        print(f"{args.folder / environment} ...", flush=True)
        create(environment, args.folder)


if __name__ == "__main__":
    main()
