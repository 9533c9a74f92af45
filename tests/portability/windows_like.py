"""Run a module in a process that lacks what Windows lacks: `python windows_like.py MODULE ..`.

A simulation: paths, consoles, processes and Winsock stay those of this system.
"""

from __future__ import annotations

import builtins
import importlib.abc
import os
import runpy
import select
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec

MODULES = ("resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "syslog")
ATTRIBUTES = {
    select: ("poll", "epoll", "POLLIN", "POLLOUT", "POLLPRI", "POLLHUP", "POLLERR", "POLLNVAL"),
    os: ("fork", "forkpty", "killpg", "setsid", "getuid", "geteuid", "getgid", "O_NONBLOCK",
         "O_NOFOLLOW", "mkfifo", "getpgid", "register_at_fork"),
    signal: ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCHLD", "SIGKILL", "alarm",
             "setitimer", "pthread_sigmask"),
}  # fmt: skip


class _Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, _: Sequence[str] | None, __: object = None) -> ModuleSpec | None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def hide() -> None:
    """Take away the modules and attributes, and have a waitress that believes in Windows."""
    for hidden in MODULES:
        sys.modules.pop(hidden, None)
    sys.meta_path.insert(0, _Hidden())
    for module, names in ATTRIBUTES.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    sys.modules.pop("selectors", None)
    import socket

    for name in ("AF_UNIX", "SO_REUSEPORT"):
        if hasattr(socket, name):
            delattr(socket, name)
    _strict_files()
    real, os.name = os.name, "nt"  # pathlib and subprocess would not bear it for long
    import waitress.trigger

    os.name = real
    assert waitress.trigger.trigger.kind == "loopback"


def _strict_files() -> None:
    """Refuse to open text files of this project's without an encoding."""
    real = builtins.open

    def strict(file, mode="r", buffering=-1, encoding=None, *more, **named):  # type: ignore[no-untyped-def]  # as open has it
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if caller.startswith("mtango_ref") and "b" not in mode and encoding is None:
            raise AssertionError(f"{caller} opens {file} without an encoding")
        return real(file, mode, buffering, encoding, *more, **named)

    builtins.open = strict


if __name__ == "__main__":
    hide()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
