"""The file with the number of the server's process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from program import Serving, refusal, serving


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a b.pid"


def test_file_has_the_number_while_the_server_runs(file: Path) -> None:
    with serving("--pid-file", str(file)) as server:
        assert file.read_text("utf-8") == f"{server.process.pid}\n"
        assert [*file.parent.iterdir()] == [file]
        server.signal()
        assert server.exit_code() == 0
        assert server.errors() == ""
    assert not file.exists()


def test_file_of_another_server_is_refused(file: Path) -> None:
    command = [sys.executable, "-c", "print(flush=True); input()", "mtango-ref", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        file.write_text(f"{other.pid}\n", "utf-8")
        assert refusal("serve", "--port", "0", "--pid-file", str(file)) == (
            f"Another server, process {other.pid}, has the pid file {file}; choose another one"
            " with --pid-file."
        )
        assert file.read_text("utf-8") == f"{other.pid}\n"
        other.communicate(b"\n")


def test_file_of_a_killed_server_is_replaced(file: Path) -> None:
    server = Serving("--pid-file", str(file), environ={})
    server.signal(signal.SIGKILL)
    server.exit_code()
    server.end()
    assert file.exists()
    with serving("--pid-file", str(file)) as server:
        assert file.read_text("utf-8") == f"{server.process.pid}\n"


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")
@pytest.mark.parametrize("text", ["1", "", "9" * 30])
def test_number_of_no_server_is_replaced(file: Path, text: str) -> None:
    """Process 1 lives, and is none of ours: numbers are given again."""
    file.write_text(text, "utf-8")
    with serving("--pid-file", str(file)) as server:
        assert file.read_text("utf-8") == f"{server.process.pid}\n"


def test_other_file_is_refused_and_stays(file: Path) -> None:
    file.write_text("port: 8000\n", "utf-8")
    assert refusal("serve", "--port", "0", "--pid-file", str(file)) == (
        f"{file} is there and is no pid file; choose another one with --pid-file."
    )
    assert file.read_text("utf-8") == "port: 8000\n"


def test_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "no" / "file"
    assert refusal("serve", "--port", "0", "--pid-file", str(file)) == (
        f"The pid file {file} cannot be written: No such file or directory."
    )
    assert refusal("serve", "--port", "0", "--pid-file", str(tmp_path)) == (
        f"The pid file {tmp_path} cannot be read: Is a directory."
    )


def test_file_that_another_server_has_taken_stays(file: Path) -> None:
    with serving("--pid-file", str(file)) as server:
        file.write_text("1\n", "utf-8")
        server.signal()
        assert server.exit_code() == 0
    assert file.read_text("utf-8") == "1\n"
