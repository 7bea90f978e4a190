"""What bytes and accuracies may depend on: the versions of some packages."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("fewbytes", "torch", "numpy", "pillow", "constriction", "pyarrow")


def versions() -> dict[str, str]:
    """Version of each of PACKAGES; `unknown` where it is not installed as a package."""
    return {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
