"""Debian's packages: installed, or unpacked into a folder.

The package tango-db cannot be installed without a running database server, but it can be unpacked.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "FACILITY_PACKAGES"
"""An environment variable: the folder of unpacked packages."""


class MissingError(Exception):
    """A program is not installed; the text has the command to get it."""


def packages_folder() -> Path:
    """Name the folder of unpacked packages: that of the variable, or one in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get(VARIABLE) or Path(cache) / "mtango-ref" / "debian")


def find_debian(package: str, path: str) -> Path:
    """Find a file of a package, as `usr/lib/tango/Starter`; raises MissingError."""
    unpacked = packages_folder()
    for root in (Path("/"), unpacked, unpacked / package):
        if (root / path).is_file():
            return root / path
    raise MissingError(
        f"/{path} is missing: cd $(mktemp -d) && apt-get download {package} &&"
        f" dpkg -x {package}_*.deb {unpacked}"
    )


def find_or_skip(package: str, path: str) -> Path:
    """Find a file of a package, or skip the test; where CI is set MissingError is raised."""
    try:
        return find_debian(package, path)
    except MissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
