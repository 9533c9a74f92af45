"""A project of somebody who uses the pytest plugin."""

from __future__ import annotations

from pathlib import Path

from forked import CAN_FORK
from program import run_pytest


class Project:
    """Somebody's project; pytest runs there in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name.replace("__", ".")).write_text(text, "utf-8")

    def pytest(self, *arguments: str, fork: bool = CAN_FORK) -> tuple[int, str]:
        """Run pytest: the exit code, and what was printed."""
        return run_pytest(self.folder, *PLUGIN, "-W", "error", *arguments, fork=fork)


PLUGIN = ("-p", "mtango_ref.testing.plugin", "-p", "no:cacheprovider", "--strict-markers")
