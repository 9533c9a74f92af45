"""The program as its users start it: a process of its own."""

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

SCRIPT = [str(Path(sys.executable).with_name("mtango-ref"))]
MODULE = [sys.executable, "-m", "mtango_ref"]
TIMEOUT = 120.0
"""s after which a test that waits for the program fails."""


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Ours, without what would change the program's settings or its output's width."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("MTANGO_")}
    kept.pop("PYTHONPATH", None)
    return kept | {"COLUMNS": "100"} | dict(changes)


def run(*arguments: str, start: Sequence[str] = SCRIPT, **environ: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of the program run to its end."""
    ended = subprocess.run(
        [*start, *arguments],
        env=environment(environ),
        cwd=tempfile.gettempdir(),  # not the checkout: what is installed is tested
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def refusal(*arguments: str, **environ: str) -> str:
    """What the program says that cannot start: one sentence, and exit code 2."""
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
        start: Sequence[str] = SCRIPT,
        environ: Mapping[str, str],
        waits: bool = True,
    ) -> None:
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by `end`
        self.process = subprocess.Popen(
            [*start, "serve", "--port", "0", *arguments],
            env=environment(environ),
            cwd=tempfile.gettempdir(),
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
        )
        self.line = self._first_line() if waits else ""
        found = re.search(r"http://[^/ ]+?:(\d+)", self.line)
        self.port = int(found[1]) if found else 0

    def _first_line(self) -> str:
        output = self.process.stdout
        assert output is not None
        lines: list[str] = []
        # Windows cannot wait for a pipe with select(2).
        reader = threading.Thread(target=lambda: lines.append(output.readline()), daemon=True)
        reader.start()
        reader.join(TIMEOUT)
        return "".join(lines)

    def errors(self) -> str:
        """What stands on standard error by now."""
        self._errors.seek(0)
        return self._errors.read()

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def exit_code(self) -> int:
        return self.process.wait(TIMEOUT)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()
        self._errors.close()


@contextmanager
def serving(*arguments: str, start: Sequence[str] = SCRIPT, **environ: str) -> Iterator[Serving]:
    started = Serving(*arguments, start=start, environ=environ)
    try:
        assert started.port, started.errors()
        yield started
    finally:
        started.end()
