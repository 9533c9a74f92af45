"""The two databases that a facility may have: pytango-db, and what facilities run.

That is Tango's DataBaseds in C++ with its tables in MariaDB. The environment variable
FACILITY_DATABASE names one of DATABASES.
"""

from __future__ import annotations

import getpass
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from debian import MissingError, find_debian
from ports import free_port

from .servers import PYTHON, Server, ServerError

VARIABLE = "FACILITY_DATABASE"

USER = "tango"
"""DataBaseds' name in MariaDB, and its password."""

_RULE = "=" * 72
"""A line that no table has, between the rows of two."""

MARIADB_READY = "ready for connections"
"""The line that mariadbd prints when it can be asked."""


class Start(Protocol):
    """Start a server in the facility's folder; raises ServerError."""

    def __call__(self, command: list[str], *, ready: str = ..., **environment: str) -> Server: ...


class Database(Protocol):
    """A Tango database that can be started."""

    name: str
    """The value of FACILITY_DATABASE that chooses it."""
    has_access_control: bool
    """A TangoAccessControl can keep its rules beside it."""
    beyond_ascii: Sequence[str]
    """Names beyond ASCII of devices that it can export."""
    environment: dict[str, str]
    """The environment of a server that uses the tables itself."""

    def find(self) -> None:
        """Find all that it needs; raises MissingError."""

    def tables(self) -> dict[str, list[str]]:
        """Read all rows of each table, sorted."""

    def start(self, start: Start, folder: Path, port: int) -> Server:
        """Start it on a port that it keeps when it is started again.

        omniORB lets go of a port at once only if it was given one (SO_REUSEADDR), so port 0
        would not do.
        """

    def start_another(self, start: Start, port: int) -> Server:
        """Start a second process over the same tables, on another port."""


class PyTangoDb:
    """pytango-db, in Python; its tables lie in a file of SQLite, so that they outlive it."""

    name = "pytango"
    has_access_control = False
    # It reads UTF-8 as Latin-1, and encodes that again.
    beyond_ascii: Sequence[str] = ()

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}

    def find(self) -> None:
        find_pytango_db()

    def tables(self) -> dict[str, list[str]]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as opened:
            names = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {
                name: sorted(map(repr, opened.execute(f'SELECT * FROM "{name}"')))
                for (name,) in names
            }

    def start(self, start: Start, folder: Path, port: int) -> Server:
        self.file = folder / "tango.db"
        return self.start_another(start, port)

    def start_another(self, start: Start, port: int) -> Server:
        return start(
            [*find_pytango_db(), "--host", "127.0.0.1", "--port", str(port), "2"],
            PYTANGO_DATABASE_NAME=str(self.file),
            TANGO_HOST=f"127.0.0.1:{port}",
        )


class MariaDb:
    """DataBaseds in C++ and a MariaDB of its own, on a port of 127.0.0.1 and a socket.

    DataBaseds goes by the port: its socket is that of /etc/mysql/my.cnf, if there is one.
    """

    name = "mariadb"
    has_access_control = True
    # Its tables are in Latin-1.
    beyond_ascii: Sequence[str] = ("odd/q/ä",)
    mariadb: Server

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}

    def find(self) -> None:
        for name in ("mariadbd", "mariadb-install-db", "mariadb"):
            _find_mariadb(name)
        find_debian("tango-db", "usr/lib/tango/DataBaseds")

    def start(self, start: Start, folder: Path, port: int) -> Server:
        self._start_mariadb(start, folder)
        self._make_tables()
        self.environment = {
            "MYSQL_HOST": f"127.0.0.1:{self._port}",
            "MYSQL_USER": USER,
            "MYSQL_PASSWORD": USER,
        }
        return self.start_another(start, port)

    def start_another(self, start: Start, port: int) -> Server:
        server = find_debian("tango-db", "usr/lib/tango/DataBaseds")
        return start(
            [str(server), "2", "-ORBendPoint", f"giop:tcp:127.0.0.1:{port}"],
            TANGO_HOST=f"127.0.0.1:{port}",
            **self.environment,
        )

    def sql(self, statements: str, database: str = "tango") -> str:
        """Run SQL as MariaDB's administrator; rows come back as lines, fields between tabs."""
        command = [_find_mariadb("mariadb"), "--no-defaults", f"--socket={self._socket}"]
        done = subprocess.run(
            [*command, f"--user={getpass.getuser()}", "--batch", "--skip-column-names", database],
            input=statements.encode(),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise ServerError(f"MariaDB: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace")

    def tables(self) -> dict[str, list[str]]:
        """One client reads them all, and which there are: tests read them before and after what
        they do."""
        selects = ["SHOW TABLES;", *(f"SELECT * FROM `{each}`;" for each in self._names)]
        parts = self.sql(f"SELECT '{_RULE}';".join(selects)).split(f"{_RULE}\n")
        rows = [sorted(part.splitlines()) for part in parts]
        return dict(zip(["names of tables", *self._names], rows, strict=True))

    def _start_mariadb(self, start: Start, folder: Path) -> None:
        """Start it as the user that we are: setpriv's signal is lost by a process that becomes
        another."""
        self._socket, self._port = folder / "mariadb.sock", free_port()
        # A MariaDB that starts removes what lies about in its folder for temporary files, be it
        # another's that is just being installed.
        temporary = folder / "mariadb.tmp"
        temporary.mkdir()
        ours = ["--no-defaults", f"--user={getpass.getuser()}", f"--datadir={folder / 'mariadb'}"]
        ours.append(f"--tmpdir={temporary}")
        install = [_find_mariadb("mariadb-install-db"), *ours, "--skip-test-db"]
        install.append("--auth-root-authentication-method=socket")
        install.append(f"--auth-root-socket-user={getpass.getuser()}")
        done = subprocess.run(install, capture_output=True, encoding="utf-8", check=False)
        if done.returncode:
            raise ServerError(f"{' '.join(install)} failed:\n{done.stdout}{done.stderr}")
        self.mariadb = start(
            [
                *(_find_mariadb("mariadbd"), *ours),
                *(f"--socket={self._socket}", f"--port={self._port}"),
                *("--bind-address=127.0.0.1", "--skip-name-resolve"),
                # The tables have zero dates. Nothing here need outlive the machine.
                *("--sql-mode=", "--innodb-flush-log-at-trx-commit=0"),
                *("--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M"),
            ],
            ready=MARIADB_READY,
        )

    def _make_tables(self) -> None:
        """Make the tables as the package tango-db makes them when it is installed."""
        script = find_debian("tango-db", "usr/share/dbconfig-common/data/tango-db/install/mysql")
        others = find_debian("tango-db", "usr/share/tango-db/create_db_tables.sql").parent
        text = script.read_text("utf-8").replace("/usr/share/tango-db", str(others))
        self.sql(
            f"CREATE DATABASE tango; CREATE USER {USER}@127.0.0.1 IDENTIFIED BY '{USER}';"
            f"GRANT ALL ON tango.* TO {USER}@127.0.0.1;",
            database="mysql",
        )
        self.sql(text)
        self._names = self.sql("SHOW TABLES").split()


DATABASES: dict[str, Callable[[], Database]] = {each.name: each for each in (PyTangoDb, MariaDb)}
"""The values of FACILITY_DATABASE."""


def chosen() -> Database:
    """Make the database that FACILITY_DATABASE names, pytango-db without it."""
    name = os.environ.get(VARIABLE) or PyTangoDb.name
    if name not in DATABASES:
        raise ServerError(f"{VARIABLE}={name}: expected one of {', '.join(DATABASES)}")
    return DATABASES[name]()


def find_pytango_db() -> list[str]:
    """Find the command of pytango-db that belongs to PYTHON, or the one on the PATH."""
    beside = PYTHON.with_name("PyDatabaseds")
    if beside.is_file():
        return [str(PYTHON), str(beside)]
    found = shutil.which("PyDatabaseds")
    if found is None:
        raise MissingError("PyDatabaseds is missing: pip install pytango-db")
    return [found]


def _find_mariadb(name: str) -> str:
    """Find a program of MariaDB; a plain user's PATH has no /usr/sbin."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise MissingError(
            f"{name} is missing: apt-get install --no-install-recommends mariadb-server"
        )
    return found
