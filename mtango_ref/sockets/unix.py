"""Unix sockets: a file that clients of this machine connect to while the server runs."""

from __future__ import annotations

import errno
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mtango_ref.messages import StartError
from mtango_ref.path_lock import path_lock

FAMILY = getattr(socket, "AF_UNIX", None)
"""The address family; None where the system has no unix sockets."""
PEER = "unix"
"""The address of a client, in the setting `trusted_proxy` and in the access log."""


@dataclass(frozen=True)
class SocketFile:
    """The file of a socket that this process listens at."""

    path: Path
    _identity: tuple[int, int, int]

    def remove(self) -> None:
        """Remove it, unless another server has taken its place."""
        with suppress(OSError):
            if _identity(self.path) == self._identity:
                self.path.unlink()


def _identity(path: Path) -> tuple[int, int, int]:
    status = path.lstat()
    # A number of an inode is soon given again.
    return status.st_dev, status.st_ino, status.st_mtime_ns


def listen_at_path(path: Path, mode: int) -> tuple[socket.socket, SocketFile]:
    """Listen at a path, in the place of a server that died there. Raises StartError."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Before listen(2) nobody can connect: a socket that is only bound looks like a dead one's.
        with path_lock(path):
            _bind(sock, path)
            path.chmod(mode)
            sock.listen()
            return sock, SocketFile(path, _identity(path))
    except OSError as error:
        sock.close()
        raise StartError(
            f"The socket {path} cannot be made: {error.strerror or error};"
            " choose another path with --socket."
        ) from error
    except StartError:
        sock.close()
        raise


def _bind(sock: socket.socket, path: Path) -> None:
    try:
        sock.bind(str(path))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        _remove_stale(path)
        sock.bind(str(path))


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody listens at; StartError for anything else."""
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise StartError(f"{path} is there and is no socket; choose another path with --socket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.setblocking(False)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except BlockingIOError:  # unix(7), EAGAIN: its queue is full
            pass
    raise StartError(
        f"Another server listens at the socket {path}; choose another path with --socket."
    )
