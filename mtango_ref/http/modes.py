"""The two modes of rc3, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mtango_ref.http.errors_json import OTHER


@dataclass(frozen=True)
class Mode:
    """The differences between the rc3 text and the original Java server."""

    ticks: int
    """Timestamps are whole 1/ticks s since the epoch."""
    devices_folder: str
    """The name of the folder that is a device's parent, as the device spells it."""
    state_has_member: bool
    """The links of a device's state have the device's member in them."""
    attribute_links: tuple[str, ...]
    """The `_links` of an attribute."""
    command_links: tuple[str, ...]
    """The `_links` of a command."""
    elements_have_hrefs: bool
    """Each attribute or command in a list has its own links, instead of those of the list."""
    tango_objects: bool
    """The parts of an attribute's configuration have themselves in them again, as `tangoObj`."""
    refusals: Mapping[int, str]
    """The refusals of HTTP that are answered as Tango's failures are: their reasons by status."""
    single_errors: Mapping[str, Mapping[str, str]]
    """The operations that fail with one error in the place of Tango's stack, by their ids, with
    its reasons by Tango's innermost one."""
    element_description: str
    """The key of an error's description inside a multi-read."""
    properties_listed: bool
    """An attribute's properties are a list of names instead of an object with values."""
    properties_replaced: bool
    """A write of all properties of a device deletes those that it does not name."""
    properties_created: bool
    """The answer to added properties is 201, and says where they are."""
    dated_commands: bool
    """A command's history has timestamps."""
    own_past: bool
    """An element of a history has its own quality and, if it failed, its own time."""
    raw_arguments: bool
    """The body for a command that takes a DevString is its text, in quotes or not; for one that
    takes nothing it is ignored."""


# The command by which the database is asked for the device.
_UNKNOWN_DEVICE = {"DB_DeviceNotDefined": "ExecuteCommandException"}

MODES = {
    "strict": Mode(
        ticks=1,
        devices_folder="devices",
        state_has_member=True,
        attribute_links=("_device", "_parent", "_self"),
        command_links=("_parent", "_self"),
        elements_have_hrefs=True,
        tango_objects=False,
        refusals={},
        single_errors={},
        element_description="description",
        properties_listed=False,
        properties_replaced=True,
        properties_created=True,
        dated_commands=True,
        own_past=True,
        raw_arguments=False,
    ),
    "implementation": Mode(
        # TangORB: times are whole milliseconds.
        ticks=1000,
        # The Java server resolves "../.." against the address of a device, and ".." against that of
        # its state, which ends without a slash.
        devices_folder="devices/",
        state_has_member=False,
        # It links an attribute with itself alone, and a command.
        attribute_links=("_self",),
        command_links=("_self",),
        # It builds the links of each element from the address that was asked.
        elements_have_hrefs=False,
        # It writes what TangoORB's getTangoObj gives.
        tango_objects=True,
        # It maps each exception of RESTEasy's to 200; these two are about an address.
        refusals={404: "NotFoundException", 405: "NotAllowedException"},
        # ezTangORB wraps what fails in an exception of its own, and knows what there is not.
        single_errors={
            "readAttribute": {**_UNKNOWN_DEVICE, OTHER: "ReadAttributeException"},
            "writeAttribute": {
                **_UNKNOWN_DEVICE,
                "API_AttrNotFound": "NoSuchAttributeException",
                OTHER: "WriteAttributeException",
            },
            "runCommand": {
                **_UNKNOWN_DEVICE,
                "API_CommandNotFound": "NoSuchCommandException",
                OTHER: "ExecuteCommandException",
            },
        },
        # Of a multi-read it writes TangORB's DevError, field by field, whose text is `desc`.
        element_description="desc",
        # It lists TangORB's DbDatum as JSON sees them, {name, _empty}, without values.
        properties_listed=True,
        # PUT and POST are the same there: they add.
        properties_replaced=False,
        properties_created=False,
        # Its records are CommandResults, which have no time.
        dated_commands=False,
        # It does not ask the records, and dates a failure as of now.
        own_past=False,
        # It looks at the type of the argument first, and then at the body.
        raw_arguments=True,
    ),
}
