"""The program in a process of its own.

It is forked from one that has imported it (forked.py). A test that is about the start itself, or
about what Python reads as it starts, says how: `start=SCRIPT`, as users start it, or `MODULE`.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from forked import CAN_FORK, MTANGO_REF, PYTEST, Forked

SCRIPT = [str(Path(sys.executable).with_name("mtango-ref"))]
MODULE = [sys.executable, "-m", "mtango_ref"]
TIMEOUT = 120.0
"""s after which a test that waits for the program fails."""


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Return ours, without what would change the program's settings or its output's width."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("MTANGO_")}
    kept.pop("PYTHONPATH", None)
    # A gateway has four processes by default: one is cheaper, and enough for most.
    return kept | {"COLUMNS": "100", "MTANGO_WORKERS": "1"} | dict(changes)


def run(
    *arguments: str,
    start: Sequence[str] | None = None,
    entry: str = MTANGO_REF,
    folder: str = tempfile.gettempdir(),  # not the checkout: what is installed is tested
    **environ: str,
) -> tuple[int, str, str]:
    """Run the program to its end: (exit code, standard output, standard error).

    entry: the function that a fork calls, as module:name. folder: where it runs.
    """
    if start is None and _can_be_forked(environ):
        return _run_forked(arguments, environ, entry, folder)
    ended = subprocess.run(
        [*(start or SCRIPT), *arguments],
        env=environment(environ),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def _can_be_forked(environ: Mapping[str, str]) -> bool:
    """Say whether all of the environment counts after Python's start, too."""
    return CAN_FORK and not any(name.startswith("PYTHON") for name in environ)


def _run_forked(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    entry: str = MTANGO_REF,
    folder: str = tempfile.gettempdir(),
) -> tuple[int, str, str]:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        streams = (output.fileno(), errors.fileno())
        code = Forked(entry, arguments, environment(environ), folder, streams).wait(TIMEOUT)
        output.seek(0)
        errors.seek(0)
        return code, output.read().decode(), errors.read().decode()


def run_pytest(folder: Path, *arguments: str, fork: bool = CAN_FORK) -> tuple[int, str]:
    """Run pytest in a folder, with no plugin but those named: (exit code, what is printed)."""
    environ = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    if fork:
        code, output, errors = _run_forked(arguments, environ, PYTEST, str(folder))
        return code, output + errors
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env=environment(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    return ended.returncode, ended.stdout


def refusal(*arguments: str, **environ: str) -> str:
    """Return the one sentence of the program when it cannot start, and ends with exit code 2."""
    code, output, errors = run(*arguments, **environ)
    assert (code, output) == (2, "")
    assert "Traceback" not in errors
    assert errors.startswith("Error: ")
    return errors.removeprefix("Error: ").removesuffix("\n")


class Serving:
    """A server that runs: `line` is what it said."""

    def __init__(
        self,
        *arguments: str,
        start: Sequence[str] | None = None,
        environ: Mapping[str, str],
        waits: bool = True,
        at: Sequence[str] = ("--port", "0"),
    ) -> None:
        # A file is opened anew to be read: a place within it that both shared would move for the
        # server, too, which would write over what it has said.
        descriptor, path = tempfile.mkstemp()
        self._errors = os.fdopen(descriptor, "wb")  # closed by `end`
        self._said = Path(path)
        reading, writing = os.pipe()
        self._output = os.fdopen(reading, encoding="utf-8")  # closed by `end`
        self.process = self._started(["serve", *at, *arguments], start, environ, writing)
        os.close(writing)
        self.line = self.next_line() if waits else ""
        found = re.search(r"http://[^/ ]+?:(\d+)", self.line)
        self.port = int(found[1]) if found else 0

    def _started(
        self,
        arguments: list[str],
        start: Sequence[str] | None,
        environ: Mapping[str, str],
        output: int,
    ) -> Forked | subprocess.Popen[bytes]:
        if start is None and _can_be_forked(environ):
            streams = (output, self._errors.fileno())
            folder = tempfile.gettempdir()
            return Forked(MTANGO_REF, arguments, environment(environ), folder, streams)
        return subprocess.Popen(
            [*(start or SCRIPT), *arguments],
            env=environment(environ),
            cwd=tempfile.gettempdir(),
            stdout=output,
            stderr=self._errors,
        )

    def next_line(self) -> str:
        """Return the next line of standard output; as much as came within TIMEOUT s."""
        lines: list[str] = []
        # Windows cannot wait for a pipe with select(2).
        reader = threading.Thread(target=lambda: lines.append(self._output.readline()), daemon=True)
        reader.start()
        reader.join(TIMEOUT)
        return "".join(lines)

    def errors(self) -> str:
        """Return what stands on standard error by now."""
        return self._said.read_text("utf-8")

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def exit_code(self) -> int:
        return self.process.wait(TIMEOUT)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(TIMEOUT)
        self._output.close()
        self._errors.close()
        self._said.unlink()


@contextmanager
def serving(
    *arguments: str,
    start: Sequence[str] | None = None,
    at: Sequence[str] = ("--port", "0"),
    **environ: str,
) -> Iterator[Serving]:
    """Start the program. at: where to listen."""
    started = Serving(*arguments, start=start, environ=environ, at=at)
    try:
        assert started.line, started.errors()
        yield started
    finally:
        started.end()
