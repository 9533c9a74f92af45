"""Pipes: which there are, and what they hold."""

from __future__ import annotations

from typing import Any

import falcon

from mtango_ref.resources.facet import Facet
from mtango_ref.values import to_json


class Pipes(Facet):
    """GET on each."""

    def on_get_list(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """All pipes of a device."""
        device = self.device(at)
        href = self.device_href(req, at, device.name)
        resp.data = to_json(self.rc3.pipes(device.get_pipe_list(), href))

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """One pipe, read now."""
        device = self.device(at)
        pipe = device.read_pipe(at["pipe"])
        resp.data = to_json(self.rc3.pipe(pipe, self.device_href(req, at, device.name)))
