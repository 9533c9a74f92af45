"""A real Tango facility on free ports of this machine, for the tests.

Three servers: the database (see databases.py), Debian's TangoTest, and OneOfEach of this folder,
which has the data types, qualities and failures that TangoTest lacks. Debian's Starter and
TangoAccessControl can be started, too.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import tango

from debian import MissingError, find_debian
from ports import free_port

from .databases import Database, MariaDb, chosen
from .from_fixture import FromFixture
from .odd_names import DEVICES
from .polling import await_kept, await_polling, await_same
from .servers import PYTHON, READY, Server, ServerError
from .set_points import SetPoints

__all__ = [
    "CAMERA",
    "EVERY_TYPE",
    "NO_PROXY",
    "POLLING_PERIOD",
    "Facility",
    "MariaDb",
    "MissingError",
    "Server",
    "ServerError",
    "find_facility",
    "find_tango_test",
]

TANGO_TEST = Path("/usr/lib/tango/TangoTest")

POLLING_PERIOD = 500
"""The polling period of everything that is polled in the facility, in ms."""

ONE_OF_EACH = ["test/one_of_each/1", "test/one_of_each/2"]
"""The devices of OneOfEach; /2 is there to be slow while /1 is not."""

EVERY_TYPE = "test/every_type/1"
"""The device of every_type.py."""

CAMERA = "test/camera/1"
"""The device of camera.py."""

NO_PROXY = "odd/q/a#b"
"""A device that a database has, and PyTango makes no proxy of."""

WEATHER = {
    "test/weather/1": "Weather",
    "test/weather/2": "Weather",
    "test/weather_control/1": "WeatherSimControl",
}
"""The devices of weather.py and their classes; the last controls the first."""


class Facility:
    """Context manager: the facility runs and TANGO_HOST of this process names it.

    One at a time: its own proxies are of the first database that TANGO_HOST named to PyTango,
    for as long as the process lives.

        with Facility() as facility:
            tango.DeviceProxy("sys/tg_test/1").state()
            facility.tango_test.suspend()
    """

    tango_host: str
    tables: Database
    database: Server
    tango_test: Server
    one_of_each: Server

    def __enter__(self) -> Facility:
        self._folder = Path(tempfile.mkdtemp(prefix="facility"))
        self._before = os.environ.get("TANGO_HOST")
        self._servers: list[Server] = []
        try:
            self.tables = chosen()
            port = free_port()
            self.tango_host = f"127.0.0.1:{port}"
            self.database = self.tables.start(self._start, self._folder, port)
            os.environ["TANGO_HOST"] = self.tango_host
            self._define_devices()
            self.tango_test = self._start([find_tango_test(), "test"])
            here = Path(__file__).parent
            await_polling()
            self._set_points = SetPoints("sys/tg_test/1")
            self.one_of_each = self._start([str(PYTHON), str(here / "one_of_each.py"), "test"])
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """End every process, forget every file, give TANGO_HOST its old value."""
        for server in reversed(self._servers):
            server.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._before is None:
            os.environ.pop("TANGO_HOST", None)
        else:
            os.environ["TANGO_HOST"] = self._before

    def leave_as_found(self) -> None:
        """Restart TangoTest if something was written to it: its first values, and images without
        a set point, cannot be written back."""
        if not self._set_points.are_as_found():
            self.tango_test.restart()
            await_polling()

    @contextmanager
    def weather(self) -> Iterator[Server]:
        """Run the server of weather.py, with its devices in the database; both are gone again
        afterwards."""
        model = {"model_key": next(iter(WEATHER))}
        with self._defined(WEATHER, "weather/test"):
            tango.Database().put_device_property("test/weather_control/1", model)
            with self._running("weather.py") as server:
                yield server

    @contextmanager
    def second_database(self) -> Iterator[tuple[str, Server]]:
        """Run a second process over the same tables: its host:port, and the process."""
        port = free_port()
        server = self.tables.start_another(self._start, port)
        try:
            yield f"127.0.0.1:{port}", server
        finally:
            server.kill()
            # The last one to start is sys/database/2 in the tables.
            self.database.kill()
            self.database.start()

    @contextmanager
    def every_type(self) -> Iterator[Server]:
        """Run the server of every_type.py, with its device; both are gone again afterwards."""
        with (
            self._defined({EVERY_TYPE: "EveryType"}, "EveryType/test"),
            self._running("every_type.py") as server,
        ):
            await_kept(tango.DeviceProxy(EVERY_TYPE).command_history, "Fail")
            yield server

    @contextmanager
    def sensors(self, devices: Sequence[str]) -> Iterator[Server]:
        """Run sensors.py with these devices; they are gone again afterwards."""
        with (
            self._defined(dict.fromkeys(devices, "Sensor"), "Sensor/test"),
            self._running("sensors.py") as server,
        ):
            yield server

    @contextmanager
    def camera(self) -> Iterator[Server]:
        """Run camera.py with its device, CAMERA; it is gone again afterwards."""
        with (
            self._defined({CAMERA: "Camera"}, "Camera/test"),
            self._running("camera.py") as server,
        ):
            yield server

    @contextmanager
    def one_device(self, class_name: str, script: str) -> Iterator[Server]:
        """Run a device server that is beside this file, with test/CLASS/1 as its only device."""
        device = f"test/{class_name.lower()}/1"
        with (
            self._defined({device: class_name}, f"{class_name}/test"),
            self._running(script) as server,
        ):
            yield server

    @property
    def odd_devices(self) -> dict[str, str]:
        """Name those of odd_names.py and their classes."""
        return {**DEVICES, **dict.fromkeys(self.tables.beyond_ascii, "OddDevice")}

    @contextmanager
    def odd_names(self) -> Iterator[Server]:
        """Run odd_names.py, and delete its devices afterwards."""
        with (
            self._defined(self.odd_devices, "OddNames/test"),
            self._defined({NO_PROXY: "OddDevice"}, "OddNames/absent"),
            self._running("odd_names.py") as server,
        ):
            yield server

    @contextmanager
    def from_fixture(self, fixture: FromFixture) -> Iterator[Server]:
        """Run the real server of a fixture; its devices are gone again afterwards."""
        fixture.define()
        server = self._start(fixture.command(PYTHON, self._folder))
        try:
            fixture.poll()
            yield server
        finally:
            server.stop()
            fixture.forget()

    @contextmanager
    def starter(self) -> Iterator[Server]:
        """Run Debian's Starter, with its device tango/admin/HOST; both are gone again afterwards.

        It takes no other name than that of its host.
        """
        name = socket.gethostname().partition(".")[0]
        command = [str(find_debian("tango-starter", "usr/lib/tango/Starter")), name]
        with self._defined({f"tango/admin/{name}": "Starter"}, f"Starter/{name}"):
            server = self._start(command)
            try:
                await_same(tango.DeviceProxy(f"tango/admin/{name}"), "NotifdState", "HostState")
                yield server
            finally:
                server.stop()

    @contextmanager
    def access_control(self) -> Iterator[Server]:
        """Run Debian's TangoAccessControl; its rules are in MariaDB.

        Its device sys/access_control/1 is in each database from the beginning, as one that never
        ran, and is so again afterwards.
        """
        if not isinstance(self.tables, MariaDb):
            raise ServerError("TangoAccessControl needs MariaDB: FACILITY_DATABASE=mariadb")
        program = find_debian("tango-accesscontrol", "usr/lib/tango/TangoAccessControl")
        server = self._start([str(program), "1"], **self.tables.environment)
        try:
            yield server
        finally:
            server.stop()
            database, device = tango.Database(), "sys/access_control/1"
            for each in (device, "dserver/TangoAccessControl/1"):
                database.delete_device(each)
            _define(database, device, "TangoAccessControl", "TangoAccessControl/1")
            # The version that tango-db gives it as it makes its tables.
            self.tables.sql(f"UPDATE device SET version = 'nada' WHERE name = '{device}'")

    @contextmanager
    def _defined(self, classes: Mapping[str, str], server: str) -> Iterator[None]:
        """Define the devices of a server, name -> class, and delete them afterwards."""
        database = tango.Database()
        for name, class_name in classes.items():
            _define(database, name, class_name, server)
        try:
            yield
        finally:
            for name in (*classes, f"dserver/{server}"):
                database.delete_device(name)

    @contextmanager
    def _running(self, script: str) -> Iterator[Server]:
        """Run a device server that is beside this file as its instance `test`."""
        path = Path(__file__).with_name(script)
        server = self._start([str(PYTHON), str(path), "test"])
        try:
            yield server
        finally:
            server.stop()

    def _start(self, command: list[str], *, ready: str = READY, **environment: str) -> Server:
        log = self._folder / f"{len(self._servers)}.log"
        server = Server(command, environment, log, ready)
        self._servers.append(server)
        server.start()
        return server

    def _define_devices(self) -> None:
        database = tango.Database()
        for name in ONE_OF_EACH:
            _define(database, name, "OneOfEach", "OneOfEach/test")
        period = str(POLLING_PERIOD)
        database.put_device_property(
            "sys/tg_test/1",
            {"polled_attr": ["double_scalar", period], "polled_cmd": ["state", period]},
        )
        database.put_device_attribute_property(
            "sys/tg_test/1", {"double_scalar": {"my_attribute_property": ["hello"]}}
        )


def _define(database: tango.Database, name: str, class_name: str, server: str) -> None:
    device = tango.DbDevInfo()
    device.name, device._class, device.server = name, class_name, server
    database.add_device(device)


def find_facility() -> None:
    """Find all that a Facility starts; raises MissingError."""
    chosen().find()
    find_tango_test()


def find_tango_test() -> str:
    """Find Debian's TangoTest, or the one on the PATH."""
    found = str(TANGO_TEST) if TANGO_TEST.is_file() else shutil.which("TangoTest")
    if found is None:
        raise MissingError(
            "TangoTest is missing: apt-get install --no-install-recommends tango-test"
        )
    return found
