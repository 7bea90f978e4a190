"""How long `fewbytes --help` and `import fewbytes` take, as whole processes.

python benchmarks/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import fewbytes": ["-c", "import fewbytes"],
    "fewbytes --help": ["-m", "fewbytes.cli", "--help"],
    "fewbytes study --help": ["-m", "fewbytes.cli", "study", "--help"],
}
ROUNDS = 15


def main() -> None:
    """Run the commands in turn and print the median of each."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
            taken[name].append(time.perf_counter() - start)
    for name, seconds in taken.items():
        print(f"{name:24} {statistics.median(seconds):.3f} s")


if __name__ == "__main__":
    main()
