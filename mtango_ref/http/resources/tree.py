"""The tree down to a device: entry points, hosts, database, devices, device, state."""

from __future__ import annotations

from functools import lru_cache

import falcon

from mtango_ref.http import parsing
from mtango_ref.http.answers import At
from mtango_ref.http.rc3_json import Json, Rc3
from mtango_ref.http.resources.resource import Resource, device_name
from mtango_ref.json_text import to_json


class Tree(Resource):
    """The responders down to a device: GET on each."""

    def get_entry_point(self, req: falcon.Request, _: At) -> Json:
        """Return the links to what the server offers."""
        # The original links rc3 alone; mtango-py has its system API beside it.
        return self.rc3.entry_point(self.base.of(req))

    def get_rc3(self, req: falcon.Request, _: At) -> Json:
        """Return the entry point of rc3."""
        return self.rc3.rc3(self.base.of(req))

    def get_hosts(self, req: falcon.Request, _: At) -> Json:
        """Return the one facility."""
        # The extension hosts is off: the configured facility is the only one.
        tango_host = self.facilities.own.database.tango_host
        host, port = tango_host.rsplit(":", 1)
        href = self.base.facility(req, host, int(port))
        return self.rc3.hosts(tango_host, href)

    def get_database(self, req: falcon.Request, at: At) -> Json:
        """Return the database and its counts."""
        # "{host}/{port} are otherwise ignored": hrefs keep what the path names.
        database = self.facility(at).database
        href = self.facility_href(req, at)
        return self.rc3.facility(database.tango_host, database.name, database.get_info(), href)

    def get_devices(self, req: falcon.Request, at: At) -> bytes:
        """List the defined devices that match `wildcard`."""
        # rc3, "GET P/devices": "as DbGetDeviceWideList(wildcard, default *)"; running or not.
        names = self.facility(at).database.get_device_names(parsing.wildcard(req))
        folder = self.facility_href(req, at) + "/devices"
        return _device_list(self.rc3, tuple(names), folder)

    def get_device(self, req: falcon.Request, at: At) -> Json:
        """Return a defined device, running or not."""
        # rc3, "GET D": of the database, so that it answers for a device that is not running too.
        info = self.facility(at).database.get_device_info(device_name(at))
        href = self.device_href(req, at, info.name)
        return self.rc3.device(info, self.facility_href(req, at), href)

    def get_state(self, req: falcon.Request, at: At) -> Json:
        """Return state and status, as the commands of these names give them."""
        # The commands State and Status: cppTango reads them live, polled or not.
        device = self.device(at)
        href = self.device_href(req, at, device.name)
        return self.rc3.state(device.state(), device.status(), href)


@lru_cache(maxsize=4)
def _device_list(rc3: Rc3, names: tuple[str, ...], folder: str) -> bytes:
    """Write the answer for these names.

    To write ten thousand takes longer than to find them, and they seldom change; a list that
    did is another one, and written anew.
    """
    return to_json(rc3.devices(names, folder))
