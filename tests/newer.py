"""Print what is installed in another version than a constraints file says.

Usage: python newer.py CONSTRAINTS
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def constrained(path: Path) -> dict[str, str]:
    """Return the version of each package that a constraints file names for this Python."""
    requirements = [Requirement(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        canonicalize_name(each.name): str(each.specifier).removeprefix("==")
        for each in requirements
        if each.marker is None or each.marker.evaluate()
    }


def differing(versions: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield (package, version of the constraints or "-", installed version), by name."""
    installed = {canonicalize_name(each.name): each.version for each in distributions()}
    for name, version in sorted(installed.items()):
        expected = versions.get(name, "-")
        if name != "mtango-ref" and version != expected:
            yield name, expected, version


def main(path: str) -> None:
    rows = [*differing(constrained(Path(path)))]
    for name, expected, version in rows:
        print(f"{name:30} {expected:>16} -> {version}")
    print(f"{len(rows)} packages are in another version than {path} says.")


if __name__ == "__main__":
    main(*sys.argv[1:])
