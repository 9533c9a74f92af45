"""The file that names the process which takes the signals, for as long as it runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mtango_ref.files import Unreadable, read_file, write_file
from mtango_ref.messages import StartError
from mtango_ref.path_lock import path_lock

_LONGEST = 100
"""Bytes of such a file."""
_OURS = b"mtango"
"""A part of each command that runs this program."""


@contextmanager
def pid_file(name: str | None) -> Iterator[None]:
    """Have a file with this process' number; nothing without a name. Raises StartError."""
    if name is None:
        yield
        return
    path, pid = Path(name), os.getpid()
    try:
        with path_lock(Path(os.path.realpath(path))):
            _take(path, pid)
    except OSError as error:
        raise StartError(
            f"The pid file {path} cannot be written: {error.strerror or error}."
        ) from error
    try:
        yield
    finally:
        with suppress(OSError, StartError):
            if _read(path) == pid:  # else another server has it by now
                path.unlink()


def _take(path: Path, pid: int) -> None:
    """Write a number in the place of a dead server's. Raises StartError, OSError."""
    other = _read(path)
    if other not in (None, pid) and _lives(other):
        raise StartError(
            f"Another server, process {other}, has the pid file {path}; choose another one"
            " with --pid-file."
        )
    write_file(path, b"%d\n" % pid)


def _read(path: Path) -> int | None:
    """Return the number in a pid file; None without one. StartError if it is something else."""
    if not os.path.lexists(path):
        return None
    try:
        text = read_file(path, _LONGEST).strip()
    except Unreadable as error:
        raise StartError(f"The pid file {error}.") from error
    if not text:
        return None
    if not text.isdigit():
        raise StartError(f"{path} is there and is no pid file; choose another one with --pid-file.")
    return int(text)


def _lives(pid: int | None) -> bool:
    """Return True for the number of a server that runs, and not of what has it by now."""
    try:
        os.kill(pid or 0, 0)
    except PermissionError:
        pass  # kill(2), EPERM: it is there, of another user
    except (OSError, OverflowError):
        return False
    try:
        return _OURS in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # a system without /proc
        return True
