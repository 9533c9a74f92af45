"""Commands: what there is, and what polling kept of it."""

from __future__ import annotations

from typing import Any

import falcon

from mtango_ref import parsing
from mtango_ref.resources.facet import Facet
from mtango_ref.values import to_json


class Commands(Facet):
    """GET on each, PUT on one."""

    def on_get_list(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """All commands of a device."""
        device = self.device(at)
        href = self.device_href(req, at, device.name)
        resp.data = to_json([self.rc3.command(info, href) for info in device.command_list_query()])

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """One command."""
        device = self.device(at)
        info = device.command_query(at["command"])
        resp.data = to_json(self.rc3.command(info, self.device_href(req, at, device.name)))

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """Run one command; nothing is answered to who does not wait for it."""
        is_async = req.get_param_as_bool("async", default=False)
        argument = parsing.command_argument(req)
        device = self.device(at)
        output = device.command_inout(at["command"], argument)
        if is_async:
            resp.status = falcon.HTTP_204
            return
        name = device.command_query(at["command"]).cmd_name
        href = self.device_href(req, at, device.name)
        resp.data = to_json(self.rc3.command_result(name, output, href))

    def on_get_history(self, _: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """What polling kept of one, oldest first."""
        device = self.device(at)
        records = device.command_history(at["command"])
        name = device.command_query(at["command"]).cmd_name
        resp.data = to_json(self.rc3.command_history(name, records))
