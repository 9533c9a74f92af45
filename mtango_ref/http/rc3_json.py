"""Tango's data as rc3's JSON, in its modes. attribute_info.py and errors_json.py spell keys, too.

Every function gives what json_text.to_json can write. `href` arguments are absolute and end without
a slash.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mtango_ref.http import attribute_info, errors_json
from mtango_ref.http.links import paths, segment
from mtango_ref.http.modes import MODES
from mtango_ref.json_values import value
from mtango_ref.model import (
    AttributeInfoEx,
    AttrQuality,
    CmdArgType,
    CommandInfo,
    DbDevFullInfo,
    DevError,
    DeviceAttribute,
    DeviceDataHistory,
    DevicePipe,
    DevState,
    PipeBlob,
)

Json = dict[str, Any]

FAILURE = "FAILURE"
"""The quality of what is not a value."""


class Rc3:
    """rc3's answers in one mode."""

    def __init__(self, mode: str) -> None:
        self._mode = MODES[mode]

    def timestamp(self, time: float) -> int:
        """Convert a time in s since the epoch to the mode's unit, rounded down."""
        # rc3, "Timestamps": strict whole seconds, implementation whole milliseconds.
        return math.floor(time * self._mode.ticks)

    # Failures

    def failure(self, errors: Iterable[DevError], time: float) -> Json:
        """Spell a failure of Tango's: the whole stack, innermost first."""
        # rc3, "Tango said no": "the whole stack, innermost first".
        return self._failure(errors, time, "description")

    def operation_failure(
        self, operation: str, device: str, database: str, errors: Sequence[DevError], time: float
    ) -> Json:
        """Spell Tango's failure of an operation, by its id, on a device of that database."""
        # Implementation: a value or a command has one error.
        if reasons := self._mode.single_errors.get(operation):
            errors = [errors_json.single(reasons, device, database, errors)]
        return self.failure(errors, time)

    def http_failure(self, status: int, error: DevError, time: float) -> Json:
        """Spell a failure of HTTP's."""
        # rc3, "HTTP says no": "the same object plus http_status", one entry in errors.
        return {**self.failure((error,), time), "http_status": status}

    def _failure(self, errors: Iterable[DevError], time: float, description: str) -> Json:
        return {
            "errors": errors_json.stack(errors, description),
            "quality": FAILURE,
            "timestamp": self.timestamp(time),
        }

    # The tree

    def entry_point(self, base: str) -> Json:
        """Link to what the server offers."""
        return {"rc3": f"{base}/rc3", "sys": f"{base}/sys"}

    def rc3(self, base: str) -> Json:
        """Describe the entry point of rc3."""
        # rc3, "GET B/rc3": none, as there is no authentication.
        return {"hosts": f"{base}/rc3/hosts", "x-auth-method": "none"}

    def hosts(self, tango_host: str, facility: str) -> Json:
        """List the one facility."""
        # rc3, "GET B/rc3/hosts": {host:port: href}.
        return {tango_host: facility}

    def facility(self, tango_host: str, name: str, info: Sequence[str], href: str) -> Json:
        """Describe the database of a facility."""
        # rc3, "GET P": the port is an integer, info the lines of DbInfo, word by word.
        host, _, port = tango_host.rpartition(":")
        return {
            "host": host,
            "port": int(port),
            "name": name,
            "info": info,
            "devices": f"{href}/devices",
        }

    def devices(self, names: Sequence[str], folder: str) -> list[Json]:
        """List devices, whose hrefs are below that of the folder."""
        return self._references(names, (f"{folder}/{path}" for path in paths(names)))

    def device(self, info: DbDevFullInfo, facility: str, href: str) -> Json:
        """Describe a device as the database knows it."""
        facets = ("attributes", "commands", "pipes", "properties", "state")
        # rc3, "GET D": as the database knows it, "for a defined device that is not running too".
        return {
            "name": info.name,
            "info": {
                "last_exported": info.started_date,
                "last_unexported": info.stopped_date,
                "name": info.name,
                "ior": info.ior,
                "version": info.version,
                "exported": info.exported,
                "pid": info.pid,
                "server": info.ds_full_name,
                "hostname": info.host,
                "classname": info.class_name,
                "is_taco": info.is_taco,
            },
            **{facet: f"{href}/{facet}" for facet in facets},
            "_links": {"_parent": f"{facility}/{self._mode.devices_folder}", "_self": href},
        }

    def state(self, state: DevState, status: str, device: str) -> Json:
        """Describe state and status of a device."""
        # rc3 contradicts itself in the links of state and status; they lead where their names say.
        # Implementation: they lack the member.
        href = device if self._mode.state_has_member else device.rpartition("/")[0]
        parent = href if self._mode.state_has_member else f"{href}/"
        return {
            "state": state,
            "status": status,
            "_links": {
                "_state": f"{href}/attributes/State",
                "_status": f"{href}/attributes/Status",
                "_parent": parent,
                "_self": f"{href}/state",
            },
        }

    # Attributes

    def attributes(self, names: Iterable[str], device: str) -> list[Json]:
        """List attributes, each as `attribute` gives it."""
        # Implementation: with the links of the list.
        if self._mode.elements_have_hrefs:
            return [self.attribute(name, device) for name in names]
        return [self._attribute(name, device, f"{device}/attributes") for name in names]

    def attribute(self, name: str, device: str) -> Json:
        """Link to the parts of an attribute."""
        return self._attribute(name, device, f"{device}/attributes/{segment(name)}")

    def _attribute(self, name: str, device: str, href: str) -> Json:
        # rc3, "GET D/attributes/{a}": _parent is D/attributes; implementation: _links only _self.
        links = {"_device": device, "_parent": f"{device}/attributes", "_self": href}
        return {
            "name": name,
            **{facet: f"{href}/{facet}" for facet in ("value", "info", "history", "properties")},
            "_links": {key: links[key] for key in self._mode.attribute_links},
        }

    def attribute_value(self, reading: DeviceAttribute) -> Json:
        """Describe a reading that did not fail; Tango always dates these."""
        # rc3, "GET D/attributes/{a}/value"; "ATTR_INVALID: value null".
        return {
            "name": reading.name,
            "value": value(reading.value),
            "quality": reading.quality,
            "timestamp": self.timestamp(reading.time or 0.0),
        }

    def attribute_values(self, readings: Iterable[DeviceAttribute], now: float) -> list[Json]:
        """Represent readings of several attributes, failed ones among them."""
        # rc3, "GET D/attributes/value": "a failed element is {name, errors, quality: FAILURE,
        # timestamp}", and the others answer.
        return [
            {"name": reading.name, **self._element_failure(reading, now)}
            if reading.err_stack
            else self.attribute_value(reading)
            for reading in readings
        ]

    def _element_failure(self, reading: DeviceAttribute, now: float) -> Json:
        # cppTango may leave a failure undated. Implementation: entries say desc, not description.
        time = now if reading.time is None else reading.time
        return self._failure(reading.err_stack, time, self._mode.element_description)

    def attribute_history(self, readings: Iterable[DeviceAttribute], now: float) -> list[Json]:
        """List past readings, oldest first."""
        # rc3, "GET D/attributes/{a}/history": values and Failures, each with its own time.
        return [
            self.failure(reading.err_stack, self._past(reading.time, now))
            if reading.err_stack
            else self._past_value(reading)
            for reading in readings
        ]

    def _past(self, time: float | None, now: float) -> float:
        # Implementation: failures are from now.
        return time if time is not None and self._mode.own_past else now

    def _past_value(self, reading: DeviceAttribute) -> Json:
        # Implementation: the quality of a value is ATTR_VALID, whatever it was.
        is_valid = not self._mode.own_past and reading.value is not None
        past = self.attribute_value(reading)
        return {**past, "quality": AttrQuality.ATTR_VALID} if is_valid else past

    def attribute_properties(self, properties: Mapping[str, Sequence[str]]) -> Any:
        """List the properties of an attribute."""
        # rc3, "GET D/attributes/{a}/properties": {prop: [value, ..]}; implementation: names alone.
        if self._mode.properties_listed:
            return [{"name": name, "_empty": False} for name in properties]
        return properties

    def attribute_info(self, info: AttributeInfoEx) -> Json:
        """Describe the configuration of an attribute."""
        # Implementation: tangoObj, in five places.
        return attribute_info.configuration(info, has_objects=self._mode.tango_objects)

    def given_info(self, given: Json) -> Json:
        """Leave out of a given configuration what GET has there for show."""
        # Implementation: who read an info and changed a limit sends the tangoObj of before along.
        return attribute_info.without_objects(given) if self._mode.tango_objects else given

    # Commands, properties, pipes

    def commands(self, infos: Iterable[CommandInfo], device: str) -> list[Json]:
        """List commands, each as `command` gives it."""
        # Implementation: with the links of the list.
        if self._mode.elements_have_hrefs:
            return [self.command(info, device) for info in infos]
        return [self._command(info, device, f"{device}/commands") for info in infos]

    def command(self, info: CommandInfo, device: str) -> Json:
        """Describe a command with its links."""
        return self._command(info, device, f"{device}/commands/{segment(info.cmd_name)}")

    def _command(self, info: CommandInfo, device: str, href: str) -> Json:
        # rc3, "GET D/commands/{c}": _parent is D/commands; implementation: _links only _self.
        links = {"_parent": f"{device}/commands", "_self": href}
        return {
            "name": info.cmd_name,
            "history": f"{href}/history",
            "info": {
                "cmd_name": info.cmd_name,
                "level": info.disp_level,
                "cmd_tag": info.cmd_tag,
                "in_type": info.in_type,
                "out_type": info.out_type,
                "in_type_desc": info.in_type_desc,
                "out_type_desc": info.out_type_desc,
            },
            "_links": {key: links[key] for key in self._mode.command_links},
        }

    @property
    def has_raw_arguments(self) -> bool:
        """The body for a command that takes a DevString is the text itself."""
        return self._mode.raw_arguments

    def command_result(self, info: CommandInfo, output: Any) -> Json:
        """Describe the result of a command."""
        # rc3, "PUT D/commands/{c}": DevVoid has no output.
        if info.out_type is CmdArgType.DevVoid:
            return {"name": info.cmd_name}
        return {"name": info.cmd_name, "output": value(output)}

    def control_result(self, name: str, output: Any, device: str) -> Json:
        """Describe the result of a command of the device that controls a simulation."""
        links = {"_parent": f"{device}/commands", "_self": f"{device}/commands/{segment(name)}"}
        return {"name": name, "output": value(output), "_links": links}

    def command_history(
        self, name: str, records: Iterable[DeviceDataHistory], now: float
    ) -> list[Json]:
        """List past executions, oldest first."""
        # rc3, "GET D/commands/{c}/history": records and Failure objects, oldest first.
        return [
            self.failure(record.err_stack, self._past(record.time, now))
            if record.err_stack
            else self._execution(name, record)
            for record in records
        ]

    def _execution(self, name: str, record: DeviceDataHistory) -> Json:
        execution = {"name": name, "output": value(record.value)}
        # Implementation: records without timestamp.
        if self._mode.dated_commands:
            execution["timestamp"] = self.timestamp(record.time)
        return execution

    def device_property(self, name: str, values: Sequence[str]) -> Json:
        """Describe a property of a device."""
        # rc3, "GET D/properties/{p}": not defined is values [].
        return {"name": name, "values": values}

    @property
    def replaces_properties(self) -> bool:
        """Return True where PUT of all properties of a device deletes those that it leaves out."""
        return self._mode.properties_replaced

    @property
    def lists_properties(self) -> bool:
        """Return True where the properties of an attribute are a list of names."""
        return self._mode.properties_listed

    @property
    def creates_properties(self) -> bool:
        """Return True where to add properties is 201."""
        return self._mode.properties_created

    def pipes(self, names: Iterable[str], device: str) -> list[Json]:
        """List pipes."""
        names = list(names)
        return self._references(names, (f"{device}/pipes/{segment(name)}" for name in names))

    def pipe(self, pipe: DevicePipe, device: str) -> Json:
        """Describe the content of a pipe."""
        # rc3, "GET D/pipes/{pipe}": the pipe's own name, not its blob's; size counts elements.
        return {
            "name": pipe.name,
            "size": len(pipe.blob.data),
            "timestamp": self.timestamp(pipe.time),
            "data": self._blob(pipe.blob),
            "_links": {"_self": f"{device}/pipes/{segment(pipe.name)}"},
        }

    def _blob(self, blob: PipeBlob) -> list[Json]:
        return [
            {"name": element.name, "value": self._element(element.value)} for element in blob.data
        ]

    def _element(self, content: Any) -> Any:
        """Convert an element to a list, whatever its type; an inner blob to an object."""
        # rc3: an inner blob is {"name", "data"} in value; each other value is a list.
        if isinstance(content, PipeBlob):
            return {"name": content.name, "data": self._blob(content)}
        is_list = isinstance(content, list) or hasattr(content, "dtype")
        return value(content) if is_list else [value(content)]

    def _references(self, names: Iterable[str], hrefs: Iterable[str]) -> list[Json]:
        return [{"name": name, "href": href} for name, href in zip(names, hrefs, strict=True)]
