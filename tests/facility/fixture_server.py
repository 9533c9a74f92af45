"""A PyTango device server as from_fixture.py describes it: `fixture_server.py FILE.json INSTANCE`.

It needs PyTango alone, so it runs wherever FACILITY_PYTHON does. Its values are constant, but for
attributes and pipes that are written.
"""

from __future__ import annotations

import base64
import builtins
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tango
from tango.server import Device, attribute, command, run

try:
    from tango.server import pipe
except ImportError:  # PyTango 10.1 and later
    pipe = None

Words = dict[str, Any]

NESTED: dict[str, Callable[[Any], Any]] = {
    "SCALAR": lambda dtype: dtype,
    "SPECTRUM": lambda dtype: (dtype,),
    "IMAGE": lambda dtype: ((dtype,),),
}
CONFIGURATION = (
    *("label", "unit", "standard_unit", "display_unit", "format", "min_value", "max_value"),
    *("min_alarm", "max_alarm", "min_warning", "max_warning", "delta_t", "delta_val"),
    *("rel_change", "abs_change", "period"),
    *("archive_rel_change", "archive_abs_change", "archive_period"),
)
"""The keys of an attribute's configuration that PyTango calls as the fixture does."""


def text(value: str) -> str:
    """Turn text to what PyTango encodes as Latin-1, so that it is UTF-8 then. That is the text of
    values and of errors; all other it encodes as UTF-8 itself."""
    return value.encode().decode("latin-1")


def to_tango(data_type: str, value: Any, labels: Sequence[str] = ()) -> Any:
    """Convert a value of the fixture to what PyTango takes."""
    if isinstance(value, list):
        return [to_tango(data_type, each, labels) for each in value]
    if data_type in ("DevVarLongStringArray", "DevVarDoubleStringArray"):
        return [to_tango("DevString", each) for each in value.values()]
    if isinstance(value, dict):
        return text(value["format"]), base64.b64decode(value["data"])
    if data_type in ("DevState", "DevVarStateArray"):
        return getattr(tango.DevState, value)
    if labels:
        return labels.index(value)
    return text(value) if isinstance(value, str) else value


def failure(errors: Sequence[Words]) -> Exception:
    """Return the exception that a device raises for Tango to answer these errors."""
    if errors[0]["reason"] == "PyDs_PythonError":  # which PyTango itself makes of an exception
        kind, _, told = errors[0]["description"].strip().partition(": ")
        exception: Exception = getattr(builtins, kind)(told)
        return exception
    failed: Exception = tango.DevFailed(*map(dev_error, errors))
    return failed


def dev_error(words: Words) -> tango.DevError:
    error = tango.DevError()
    error.reason, error.desc = text(words["reason"]), text(words["description"])
    error.origin = text(words["origin"])
    error.severity = getattr(tango.ErrSeverity, words["severity"])
    return error


class FixtureDevice(Device):
    """The base of the devices of all classes."""

    described: dict[str, Words]
    """All devices by their names in lower case."""

    def init_device(self) -> None:
        super().init_device()
        words = self.described[self.get_name().lower()]
        self.readings: dict[str, Words] = words["attributes"]
        self.written: dict[str, Any] = {}
        self.given: Words = {}
        """The values that clients have written to attributes."""
        self.set_state(getattr(tango.DevState, words["state"]))
        if words["status"] is not None:
            self.set_status(words["status"])
        for name, each in self.readings.items():
            if each["writable"] == "WRITE" and each["is_given"]:
                written = self.get_device_attr().get_w_attr_by_name(name)
                written.set_write_value(value_of(each))

    def read(self, name: str) -> Any:
        """Return the value; None, of which Tango makes API_AttrValueNotSet; or with a quality."""
        words = self.readings[name]
        time.sleep(words["takes"])
        if words["raises"]:
            if words["raises"][0]["reason"] == "API_AttrValueNotSet":
                return None
            raise failure(words["raises"])
        value = self.given[name] if name in self.given else value_of(words)
        if words["quality"] == "ATTR_VALID":
            return value
        return value, time.time(), getattr(tango.AttrQuality, words["quality"])


def value_of(words: Words) -> Any:
    if words["quality"] == "ATTR_INVALID" and words["data_format"] == "IMAGE":
        return [[]]  # PyTango looks into an image that it then does not send
    return to_tango(words["data_type"], words["value"], words["enum_labels"])


def make_attribute(name: str, words: Words) -> attribute:
    def read(device: FixtureDevice) -> Any:
        return device.read(name)

    def write(device: FixtureDevice, value: Any) -> None:
        device.given[name] = value

    settings = {
        key: words[key] for key in CONFIGURATION if words[key] not in (None, "Not specified")
    }
    if words["enum_labels"]:
        settings["enum_labels"] = words["enum_labels"]
    if words["writable"] != "READ":
        settings["fset"] = write
    return attribute(
        fget=read,
        dtype=NESTED[words["data_format"]](getattr(tango.CmdArgType, words["data_type"])),
        access=getattr(tango.AttrWriteType, words["writable"]),
        max_dim_x=words["max_dim_x"],
        max_dim_y=words["max_dim_y"],
        display_level=getattr(tango.DispLevel, words["disp_level"]),
        polling_period=words["polling_period"] or -1,
        memorized=words["memorized"].startswith("MEMORIZED"),
        hw_memorized=words["memorized"] == "MEMORIZED_WRITE_INIT",
        doc=words["description"],
        **settings,
    )


def make_command(name: str, words: Words) -> Any:
    result = to_tango(words["out_type"], words["value"])
    types = {key: words[f"{key}_type"] for key in ("in", "out")}

    def outcome(argument: Any = None) -> Any:
        time.sleep(words["takes"])
        if words["raises"]:
            raise failure(words["raises"])
        return echo(types["in"], argument) if words["is_echo"] else result

    def take(_device, argument):  # type: ignore[no-untyped-def]  # PyTango looks at annotations
        return outcome(argument)

    def give(_device):  # type: ignore[no-untyped-def]  # as above
        return outcome()

    function = give if types["in"] == "DevVoid" else take
    function.__name__ = name
    return command(
        function,
        **{f"dtype_{key}": None if each == "DevVoid" else each for key, each in types.items()},
        doc_in=words["in_type_desc"],
        doc_out=words["out_type_desc"],
        display_level=getattr(tango.DispLevel, words["disp_level"]),
        polling_period=words["polling_period"] or -1,
    )


def echo(data_type: str, argument: Any) -> Any:
    """Return what a command got, so that it is the same when it is sent back: PyTango decodes the
    format of a DevEncoded as Latin-1, and encodes it as UTF-8."""
    if data_type == "DevEncoded" and argument is not None:
        return argument[0].encode("latin-1").decode(), argument[1]
    return argument


def make_pipe(name: str, words: Words) -> Any:
    content = blob(words["blob"], words["data"])

    def read(device: FixtureDevice) -> Any:
        if words["raises"]:
            raise failure(words["raises"])
        return device.written.get(name, content)

    def write(device: FixtureDevice, value: Any) -> None:
        device.written[name] = again(value)

    return pipe(fget=read, fset=write if words["writable"] == "READ_WRITE" else None)


def again(written: tuple[str, list[Words]]) -> tuple[str, list[Words]]:
    """Return a blob that was written, so that it is the same when it is read: PyTango decodes a
    DevString as UTF-8, and encodes it as Latin-1."""
    name, elements = written
    return name, [
        {**each, "value": again_element(each["dtype"], each["value"])} for each in elements
    ]


def again_element(data_type: tango.CmdArgType, value: Any) -> Any:
    if data_type == tango.CmdArgType.DevPipeBlob:
        return again(value)
    if data_type == tango.CmdArgType.DevString:
        return text(value)
    return echo(str(data_type), value)


def blob(name: str, elements: Sequence[Words]) -> tuple[str, list[Words]]:
    return name, [
        {
            "name": each["name"],
            "dtype": getattr(tango.CmdArgType, each["type"]),
            "value": blob(each["name"] if each["blob"] is None else each["blob"], each["data"])
            if each["type"] == "DevPipeBlob"
            else to_tango(each["type"], each["value"]),
        }
        for each in elements
    ]


def make_class(name: str, words: Words, devices: dict[str, Words]) -> type[FixtureDevice]:
    parts: Words = {"described": devices}
    parts |= {key: make_attribute(key, each) for key, each in words["attributes"].items()}
    parts |= {key: make_command(key, each) for key, each in words["commands"].items()}
    if pipe is not None:
        parts |= {key: make_pipe(key, each) for key, each in words["pipes"].items()}
    return type(name, (FixtureDevice,), parts)


def main(path: str, instance: str) -> None:
    server = json.loads(Path(path).read_text("utf-8"))
    devices = server["devices"]
    classes = [make_class(name, words, devices) for name, words in server["classes"].items()]
    run(classes, args=[Path(path).stem, instance])


if __name__ == "__main__":
    main(*sys.argv[1:])
