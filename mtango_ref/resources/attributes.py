"""Attributes: their links, values, configuration, history."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from typing import Any

import falcon

from mtango_ref import parsing
from mtango_ref.resources.facet import Facet, device_name
from mtango_ref.values import to_json


class Attributes(Facet):
    """GET on each."""

    def on_get_list(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """All attributes of a device."""
        device = self.device(at)
        href = self.device_href(req, at, device.name)
        resp.data = to_json(
            [self.rc3.attribute(name, href) for name in device.get_attribute_list()]
        )

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """The links of one."""
        proxies, device = self.proxies, device_name(at)
        name = proxies.attribute(device, at["attribute"]).get_config().name
        href = self.device_href(req, at, proxies.device(device).name)
        resp.data = to_json(self.rc3.attribute(name, href))

    def on_get_value(self, _: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """The value of one, now."""
        reading = self.attribute(at).read()
        resp.data = to_json(self.rc3.attribute_value(reading))
        if reading.time is not None:
            resp.set_header("Last-Modified", _http_date(int(reading.time)))

    def on_get_values(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """The values of several, in the order asked."""
        names = parsing.attribute_names(req)
        readings = self.device(at).read_attributes(names) if names else []
        resp.data = to_json(self.rc3.attribute_values(readings, self.clock()))

    def on_get_info(self, _: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """The configuration of one."""
        resp.data = to_json(self.rc3.attribute_info(self.attribute(at).get_config()))

    def on_get_infos(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """The configuration of several, in the order asked."""
        names = parsing.attribute_names(req)
        infos = self.device(at).get_attribute_config(names) if names else []
        resp.data = to_json([self.rc3.attribute_info(info) for info in infos])

    def on_get_history(self, _: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """What polling kept of one, oldest first."""
        readings = self.attribute(at).history()
        resp.data = to_json(self.rc3.attribute_history(readings, self.clock()))


@lru_cache(maxsize=256)
def _http_date(time: int) -> str:
    """Last-Modified of a time in s since the epoch; many requests share a second."""
    return formatdate(time, usegmt=True)
