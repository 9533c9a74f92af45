"""The tree down to a device: entry points, hosts, database, devices, device, state."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import falcon

from mtango_ref import parsing
from mtango_ref.representations import Rc3
from mtango_ref.resources.facet import Facet, device_name
from mtango_ref.values import to_json


class Tree(Facet):
    """GET on each."""

    def on_get_entry_point(self, req: falcon.Request, resp: falcon.Response) -> None:
        """What the server offers."""
        resp.data = to_json(self.rc3.entry_point(self.base.of(req)))

    def on_get_rc3(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The entry point of rc3."""
        resp.data = to_json(self.rc3.rc3(self.base.of(req)))

    def on_get_hosts(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The one facility."""
        tango_host = self.proxies.database.tango_host
        host, _, port = tango_host.rpartition(":")
        href = self.base.facility(req, host, int(port))
        resp.data = to_json(self.rc3.hosts(tango_host, href))

    def on_get_database(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """The database, and what it counts."""
        database = self.proxies.database
        href = self.facility_href(req, at)
        body = self.rc3.facility(database.tango_host, database.name, database.get_info(), href)
        resp.data = to_json(body)

    def on_get_devices(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """The defined devices that match `wildcard`."""
        names = self.proxies.database.get_device_names(parsing.wildcard(req))
        folder = self.facility_href(req, at) + "/devices"
        resp.data = _device_list(self.rc3, tuple(names), folder)

    def on_get_device(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """A defined device, running or not."""
        info = self.proxies.database.get_device_info(device_name(at))
        href = self.device_href(req, at, info.name)
        resp.data = to_json(self.rc3.device(info, self.facility_href(req, at), href))

    def on_get_state(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """State and status, as the commands of these names give them."""
        device = self.device(at)
        href = self.device_href(req, at, device.name)
        resp.data = to_json(self.rc3.state(device.state(), device.status(), href))


@lru_cache(maxsize=4)
def _device_list(rc3: Rc3, names: tuple[str, ...], folder: str) -> bytes:
    """The answer for these names. To write ten thousand takes longer than to find them, and
    they seldom change; a list that did is another one, and written anew."""
    return to_json(rc3.devices(names, folder))
