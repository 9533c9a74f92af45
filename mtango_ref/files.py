"""Files that people name: read within a limit, written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


class Unreadable(Exception):
    """A file that cannot be read, or is larger than its limit.

    The text has its name in front of `why`, which has the limit.
    """

    def __init__(self, name: object, why: str) -> None:
        super().__init__(f"{name} cannot be read: {why}")
        self.why = why


def read_file(path: str | Path, limit: int, *, expected: str = "", pipes: bool = False) -> bytes:
    """Read a file whole. Raises Unreadable.

    A pipe without a writer blocks its reader, and a device may give bytes for ever.

    Args:
        limit: the bytes that the file may have; of a larger one nothing is read.
        expected: what is expected in its place where there is no such file.
        pipes: whether pipes and devices are read, too, until they end or reach the limit.
    """
    hint = f"; expected {expected}" if expected else ""
    try:
        with open(path, "rb", opener=None if pipes else _open_at_once) as file:
            status = os.fstat(file.fileno())
            if not pipes and not stat.S_ISREG(status.st_mode):
                raise Unreadable(path, f"not a file{hint}")
            if status.st_size > limit:
                raise _too_large(path, limit)
            return read_stream(file, path, limit)
    except OSError as error:
        raise Unreadable(path, f"{error.strerror or error}{hint}") from error
    except ValueError as error:  # NUL in the path
        raise Unreadable(path, f"{error}{hint}") from error


def read_stream(stream: BinaryIO, name: object, limit: int) -> bytes:
    """Read an open file to its end. Raises Unreadable if there are more bytes than the limit."""
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise _too_large(name, limit)
    return content


def _too_large(name: object, limit: int) -> Unreadable:
    return Unreadable(name, f"too large; expected at most {limit} bytes")


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # Windows has none, and no FIFO


def write_file(path: Path, content: bytes) -> None:
    """Write a file; its former content stays until all of the new one is on the disk.

    A link stays a link. A pipe, a device, and the file that standard output or error goes to are
    written to. Raises OSError.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    if (descriptor := _standard(path)) is not None:
        with open(descriptor, "wb", closefd=False) as stream:
            stream.write(content)
        return
    path = Path(os.path.realpath(path))
    unfinished = path.with_name(f".mtango-ref.{secrets.token_hex(8)}")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _standard(path: Path) -> int | None:
    """Find the descriptor, standard output's or error's, whose file the path names.

    To replace `/dev/stdout > FILE`, or to open it again, would lose what FILE has of others.
    """
    for descriptor in (1, 2):
        with suppress(OSError):  # closed, or there is no file of that name yet
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
    return None
