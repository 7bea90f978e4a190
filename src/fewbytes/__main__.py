"""`python -m fewbytes`: the command line."""

from fewbytes.cli.__main__ import run

if __name__ == "__main__":
    run()
