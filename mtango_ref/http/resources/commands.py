"""Commands: what there is, and what polling kept of it."""

from __future__ import annotations

import falcon

from mtango_ref.http import parsing
from mtango_ref.http.answers import At
from mtango_ref.http.changes import Change
from mtango_ref.http.rc3_json import Json
from mtango_ref.http.resources.resource import Resource


class Commands(Resource):
    """The responders of commands: GET on each, PUT on one."""

    def get_list(self, req: falcon.Request, at: At) -> list[Json]:
        """List all commands of a device."""
        device = self.device(at)
        href = self.device_href(req, at, device.name)
        # cppTango: sorted by name within a class, dynamic commands after them.
        return [self.rc3.command(info, href) for info in device.command_list_query()]

    def get_one(self, req: falcon.Request, at: At) -> Json:
        """Return one command."""
        device = self.device(at)
        info = device.command_query(at["command"])
        return self.rc3.command(info, self.device_href(req, at, device.name))

    def put_one(self, req: falcon.Request, at: At) -> Change:
        """Run one command."""
        argument = parsing.command_argument(req)

        def run() -> Json:
            device = self.device(at)
            # A command is sent once, whatever fails: nobody can know whether it was run.
            output = device.command_inout(at["command"], argument)
            # Answers use the defined spelling.
            name = device.command_query(at["command"]).cmd_name
            href = self.device_href(req, at, device.name)
            return self.rc3.command_result(name, output, href)

        return run

    def get_history(self, _: falcon.Request, at: At) -> list[Json]:
        """Return the results that polling kept of one, oldest first."""
        device = self.device(at)
        # cppTango: API_CmdNotPolled where nothing is kept.
        records = device.command_history(at["command"])
        name = device.command_query(at["command"]).cmd_name
        return self.rc3.command_history(name, records)
