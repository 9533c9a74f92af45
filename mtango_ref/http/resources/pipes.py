"""Pipes: which there are, and what they hold."""

from __future__ import annotations

import falcon

from mtango_ref import pipe_input
from mtango_ref.http.answers import At
from mtango_ref.http.changes import Change
from mtango_ref.http.input.bodies import given_body
from mtango_ref.http.rc3_json import Json
from mtango_ref.http.resources.resource import Resource
from mtango_ref.names import lower
from mtango_ref.tango_errors import pipe_not_found


class Pipes(Resource):
    """The responders of pipes: GET on each, PUT on one."""

    def get_list(self, req: falcon.Request, at: At) -> list[Json]:
        """List all pipes of a device."""
        device = self.device(at)
        href = self.device_href(req, at, device.name)
        # Where PyTango has no pipes, the route answers 501 and nothing comes here.
        return self.rc3.pipes(device.get_pipe_list(), href)

    def get_one(self, req: falcon.Request, at: At) -> Json:
        """Read one pipe now."""
        device = self.device(at)
        # A pipe that cannot be read is a Failure as every other.
        pipe = device.read_pipe(at["pipe"])
        return self.rc3.pipe(pipe, self.device_href(req, at, device.name))

    def put_one(self, req: falcon.Request, at: At) -> Change:
        """Write one pipe, and return what it holds then."""
        # rc3: "For writing type information is required for each PipeBlobDataElement", so a value
        # in the query would not do.
        body = given_body(req)
        if body is None:
            raise falcon.HTTPBadRequest(description="There is no body: a blob as JSON is expected.")
        content = body.json

        def write() -> Json:
            self.device(at).write_pipe(at["pipe"], content)
            # rc3, "PUT D/pipes/{pipe}": returns the pipe, as reading it does.
            return self.get_one(req, at)

        def check() -> None:
            device, name = self.device(at), at["pipe"]
            pipe_input.check_blob(device.name, name, content)
            if lower(name) not in map(lower, device.get_pipe_list()):
                raise pipe_not_found(name, pipe_input.write_pipe_failed(device.name, name))

        return Change(write, check)
