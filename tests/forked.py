"""Programs in forks of one process that has imported them, which saves Python's start.

A fork has arguments, environment, folder, output, signals and an exit code of its own, as a
process that its user starts; only the imports are shared, and what read_ahead.py has read.

Where systems cannot fork, and where a test is about the start itself, program.py starts the
program as its users do.
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from unittest import mock

CAN_FORK = "forkserver" in multiprocessing.get_all_start_methods()
IMPORTED = (
    *(
        f"mtango_ref.cli.{each}"
        for each in ("serve", "routes", "check", "schema", "record", "importing", "manual")
    ),
    *("mtango_ref.cli.conformance", "mtango_ref.cli.deploy"),
    "mtango_ref.backends",
    "mtango_ref.backends.fake.backend",
    "mtango_ref.http.app",
    "mtango_ref.server",
    "mtango_ref.conformance.command",
    "read_ahead",
)
"""The modules imported once: none of them starts a thread or reads the environment."""

ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).parent),
    # PyTango imports numpy, whose threads no fork would have.
    "OPENBLAS_NUM_THREADS": "1",
}
"""The environment of the process that forks, beside ours."""

OF_TANGO = ("mtango_ref.backends.pytango.backend", "mtango_ref.tools.recorder.record")
"""The modules that know PyTango, which each program at a real facility would import for itself."""

_imported = [*IMPORTED]

MTANGO_REF = "mtango_ref.__main__:main"
PYTEST = "pytest:console_main"
SCRIPT = "forked:be_script"
"""The file of Python that the first argument names."""


def import_tango() -> None:
    """Have PyTango imported once, too, if nothing was forked yet."""
    _imported.extend(OF_TANGO)


class Forked:
    """A program as a child of the process that forks; it has what a test uses of Popen."""

    def __init__(
        self,
        entry: str,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        folder: str,
        streams: tuple[int, int],
    ) -> None:
        """Start it.

        Args:
            entry: the function that is the program, as module:name.
            streams: the file descriptors of standard output and standard error.
        """
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_imported)
        self.args = (entry, *arguments)
        with Connection(os.dup(streams[0])) as output, Connection(os.dup(streams[1])) as errors:
            self._process = context.Process(
                target=_become,
                args=(self.args, dict(environ), folder, output, errors),
                daemon=True,  # ended with the tests, as the forking process is
            )
            here = Path.cwd()
            os.chdir(tempfile.gettempdir())  # not the checkout: what is installed is imported
            try:
                # A fork would run the file of __main__ anew, and so import pytest.
                main = mock.patch.object(sys.modules["__main__"], "__file__", None, create=True)
                with mock.patch.dict(os.environ, ENVIRONMENT), main:
                    self._process.start()
            finally:
                os.chdir(here)
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, the negative number of the signal that ended it, None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return what `returncode` is by now."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for its end, at most timeout s.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once, and wait for that."""
        self._process.kill()
        self._process.join()


def be_script() -> None:
    """Be the program in the file that the first argument names."""
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")


def _become(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    folder: str,
    output: Connection,
    errors: Connection,
) -> None:
    """Be a program in this process, from its arguments to its exit code."""
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    sys.argv = list(arguments)
    for stream, number in ((output, 1), (errors, 2)):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - until the end
    sys.stderr = open(  # noqa: SIM115 - until the end
        2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )
    sys.exit(pkgutil.resolve_name(arguments[0])())
