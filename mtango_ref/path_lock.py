"""A lock on a path: what is looked at and then replaced, one server replaces at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no flock(2): there nothing keeps others from a path
    fcntl = None  # type: ignore[assignment]


@contextmanager
def path_lock(path: Path) -> Iterator[None]:
    """Hold the lock on a path, which is a file beside it while it is held. Raises OSError.

    It is for steps that wait for nobody: who comes meanwhile waits. It goes with its process,
    however that ends.
    """
    if fcntl is None:
        yield
        return
    lock = path.parent / f".{path.name}.lock"
    descriptor = _taken(lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _taken(lock: Path) -> int:
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Who held it meanwhile has removed the file: then the lock is on another one.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), lock.stat()):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
