"""Commands: what there is, and what polling kept of it."""

from __future__ import annotations

from typing import Any

import falcon

from mtango_ref.calls import is_timeout
from mtango_ref.http import parsing
from mtango_ref.http.answers import At
from mtango_ref.http.changes import Change, Make
from mtango_ref.http.input.arguments import explained, given_argument
from mtango_ref.http.rc3_json import Json
from mtango_ref.http.resources.resource import Resource
from mtango_ref.interface import Device
from mtango_ref.json_values import WrongValue
from mtango_ref.model import CommandInfo, DevFailed
from mtango_ref.names import command_failed
from mtango_ref.refusals import fit_input
from mtango_ref.tango_errors import incompatible_argument


class Commands(Resource):
    """The responders of commands: GET on each, PUT on one."""

    def get_list(self, req: falcon.Request, at: At) -> list[Json]:
        """List all commands of a device."""
        device = self.device(at)
        href = self.device_href(req, at, device.name)
        # cppTango: sorted by name within a class, dynamic commands after them.
        return self.rc3.commands(device.command_list_query(), href)

    def get_one(self, req: falcon.Request, at: At) -> Json:
        """Return one command."""
        device = self.device(at)
        info = device.command_query(at["command"])
        return self.rc3.command(info, self.device_href(req, at, device.name))

    def put_one(self, req: falcon.Request, at: At) -> Change:
        """Run one command."""
        fit = given_argument(req, as_is=self.rc3.has_raw_arguments)

        def known() -> tuple[Device, CommandInfo, Any]:
            device = self.device(at)
            info = self._known(device, at["command"])
            return device, info, fit(info.in_type)

        def run() -> Json:
            (device, info, argument), name = known(), at["command"]
            try:
                # A command is sent once, whatever fails: nobody can know whether it was run.
                output = device.command_inout(name, argument)
            except DevFailed as failed:
                raise explained(failed, info.in_type, argument) from failed
            # Nobody is asked anything any more: the device may be gone by its own command.
            return self.rc3.command_result(info, output)

        def check() -> None:
            device, info, argument = known()
            try:
                fit_input(info.in_type, argument)
            except WrongValue:
                failed = incompatible_argument(device.name, at["command"], info.in_type)
                raise explained(failed, info.in_type, argument) from None

        return Change(run, check)

    def _known(self, device: Device, name: str) -> CommandInfo:
        """Describe the command that is to be run. DevFailed, as running it would say it."""
        try:
            return device.command_query(name)
        except DevFailed as failed:
            # The gateway gives up in the same words, whatever was asked.
            if is_timeout(failed):
                raise
            raise type(failed)(*failed.errors, command_failed(device.name, name)) from failed

    def control_one(self, req: falcon.Request, at: At) -> Make:
        """Run one command of the device that controls a simulation, while writing is off."""
        argument = parsing.command_argument(req)

        def run() -> Json:
            device = self.device(at)
            # A command is sent once, whatever fails: nobody can know whether it was run.
            output = device.command_inout(at["command"], argument)
            # Answers use the defined spelling.
            name = device.command_query(at["command"]).cmd_name
            href = self.device_href(req, at, device.name)
            return self.rc3.control_result(name, output, href)

        return run

    def get_history(self, _: falcon.Request, at: At) -> list[Json]:
        """Return the results that polling kept of one, oldest first."""
        device = self.device(at)
        # cppTango: API_CmdNotPolled where nothing is kept.
        records = device.command_history(at["command"])
        name = device.command_query(at["command"]).cmd_name
        return self.rc3.command_history(name, records, self.facility(at).clock())
