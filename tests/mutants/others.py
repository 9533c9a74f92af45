"""Breaks of commands, properties, pipes and the operations that are off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon

from mtango_ref import app
from mtango_ref.backends.fake import errors
from mtango_ref.backends.fake.database import FakeDatabase
from mtango_ref.backends.fake.device import FakeDevice
from mtango_ref.interface import Device
from mtango_ref.model import (
    CmdArgType,
    CommandInfo,
    DevError,
    DevFailed,
    DevicePipe,
    DispLevel,
    ErrSeverity,
    PipeBlob,
)
from mtango_ref.modes import MODES
from mtango_ref.representations import Rc3
from mtango_ref.resources import properties
from mtango_ref.resources.properties import Properties
from mtango_ref.specification import Operation
from mtango_ref.values import to_json
from mutants.breaks import (
    Break,
    Mutant,
    after,
    answering,
    forgiving,
    instead,
    lost,
    mode,
    put,
    refusing,
    renamed,
)


def _in(key: str, wrong: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda body: body | {key: wrong(body[key])}


def _unknown_command(device: Device, name: str) -> DevFailed | None:
    known = {info.cmd_name for info in device.command_list_query()}
    return None if name in known else errors.command_not_found(name)


def _unknown_pipe(device: Device, name: str) -> DevFailed | None:
    known = set(device.get_pipe_list())
    return None if name in known else errors.pipe_not_found(device.name, name)


def _status(reason: str, status: str) -> Break:
    """A failure with that reason is told with HTTP's status."""
    told = f'"{reason}"'.encode()
    return answering(
        lambda _, answer: answer._replace(status=status) if told in answer.body else answer
    )


_COMMANDS: dict[str, Break] = {
    "the last command is not listed": after(FakeDevice, "command_list_query", lambda c: c[:-1]),
    "the commands are backwards": after(FakeDevice, "command_list_query", lambda c: c[::-1]),
    "the commands are names alone": instead(Rc3, "command", lambda self, info, _: info.cmd_name),
    "in_type is a number": put(
        Rc3, "command", info=_in("in_type", lambda kind: list(CmdArgType).index(kind))
    ),
    "in_type and out_type are swapped": put(
        Rc3,
        "command",
        info=lambda i: i | {"in_type": i["out_type"], "out_type": i["in_type"]},
    ),
    "cmd_tag is text": put(Rc3, "command", info=_in("cmd_tag", str)),
    "the level of a command is missing": put(
        Rc3, "command", info=lambda info: {k: v for k, v in info.items() if k != "level"}
    ),
    "the level of a command is a number": put(
        Rc3, "command", info=_in("level", lambda level: list(DispLevel).index(level))
    ),
    "out_type_desc is empty": put(Rc3, "command", info=_in("out_type_desc", lambda _: "")),
    "the link to a command's history is wrong": put(
        Rc3, "command", history=lambda href: href.replace("/commands/", "/attributes/")
    ),
    "a command's _self is its device": put(
        Rc3, "command", _links=lambda links: links | {"_self": links["_parent"]}
    ),
    "names of commands heed case": refusing(FakeDevice, "command_query", _unknown_command),
    "an unknown command is 404": _status("API_CommandNotFound", "404 Not Found"),
    "an unknown command has links": forgiving(
        FakeDevice, "command_query", lambda self, name: CommandInfo(name)
    ),
    "a command's history has no output": lost(Rc3, "_execution", "output"),
    "a command's history says value": renamed(Rc3, "_execution", "output", "value"),
    "a command's history has a quality": put(Rc3, "_execution", quality="ATTR_VALID"),
    "a command's history has no timestamps": mode("strict", dated_commands=False),
    "a command's history is newest first": after(
        FakeDevice, "command_history", lambda past: past[::-1]
    ),
    "a command's history is empty": after(FakeDevice, "command_history", lambda past: []),
    "the history of a command that is not polled is empty": forgiving(
        FakeDevice, "command_history", lambda self, name: []
    ),
    "a command with input counts as one that is not polled": instead(
        errors, "command_needs_input", errors.command_not_polled
    ),
}


def _undefined_fails(patch: Any) -> None:
    original = properties._defined

    def changed(owned: dict[str, list[str]], name: str) -> tuple[str, list[str]]:
        found = original(owned, name)
        if not found[1]:
            text = f"Property {name} is not defined"
            raise DevFailed(DevError("DB_PropertyNotDefined", text, ErrSeverity.ERR, "here"))
        return found

    patch.setattr(properties, "_defined", changed)


def _undefined_is_404(patch: Any) -> None:
    original = properties._defined

    def changed(owned: dict[str, list[str]], name: str) -> tuple[str, list[str]]:
        found = original(owned, name)
        if not found[1]:
            raise falcon.HTTPNotFound
        return found

    patch.setattr(properties, "_defined", changed)


def _listed_as_object(self: Any, _: Any, resp: Any, **at: Any) -> None:
    resp.data = to_json(self._of_device(at))


_PROPERTIES: dict[str, Break] = {
    "the properties are an object": instead(Properties, "on_get_list", _listed_as_object),
    "the properties are names alone": instead(
        Rc3, "device_property", lambda self, name, values: name
    ),
    "the properties are lost": instead(
        FakeDatabase, "get_device_property", lambda self, device: {}
    ),
    "a property's values are one text": put(Rc3, "device_property", values=" ".join),
    "a property's values lack the last": put(Rc3, "device_property", values=lambda v: v[:-1]),
    "a property's values are sorted": put(Rc3, "device_property", values=sorted),
    "values is value": renamed(Rc3, "device_property", "values", "value"),
    "names of properties heed case": instead(
        properties, "_defined", lambda owned, name: (name, owned.get(name, []))
    ),
    "a property is named as asked": instead(
        properties,
        "_defined",
        lambda owned, name: (
            name,
            next((values for own, values in owned.items() if own.lower() == name.lower()), []),
        ),
    ),
    "an undefined property is an error": _undefined_fails,
    "an undefined property is 404": _undefined_is_404,
    "an undefined property has one empty text": after(
        properties, "_defined", lambda found: (found[0], found[1] or [""])
    ),
}


def _empty_pipe(self: FakeDevice, name: str) -> DevicePipe:
    return DevicePipe(name, PipeBlob(name, ()), 0.0)


_PIPES: dict[str, Break] = {
    "the pipes are names alone": instead(Rc3, "pipes", lambda self, names, device: list(names)),
    "no pipe is listed": instead(FakeDevice, "get_pipe_list", lambda self: []),
    "the link to a pipe is wrong": after(
        Rc3, "pipes", lambda body: [each | {"href": each["href"] + "/value"} for each in body]
    ),
    "the size of a pipe is wrong": put(Rc3, "pipe", size=lambda size: size + 1),
    "the size of a pipe is missing": lost(Rc3, "pipe", "size"),
    "a pipe has no _links": lost(Rc3, "pipe", "_links"),
    "a pipe has no timestamp": lost(Rc3, "pipe", "timestamp"),
    "the name of a pipe is its blob's": put(Rc3, "pipe", name="blob"),
    "an element of a pipe is no list": after(Rc3, "_element", lambda value: value[0]),
    "the elements of a pipe are backwards": after(Rc3, "_blob", lambda blob: blob[::-1]),
    "the elements of a pipe are an object": after(
        Rc3, "_blob", lambda blob: {each["name"]: each["value"] for each in blob}
    ),
    "an element of a pipe tells its type": after(
        Rc3, "_blob", lambda blob: [each | {"type": "DevString"} for each in blob]
    ),
    "names of pipes heed case": refusing(FakeDevice, "read_pipe", _unknown_pipe),
    "an unknown pipe is empty": forgiving(FakeDevice, "read_pipe", _empty_pipe),
    "an unknown pipe is 404": _status("API_PipeNotFound", "404 Not Found"),
}


def _answers(body: bytes, *needs: str) -> Break:
    """Operations that are off answer 200 with that body."""

    def break_(patch: Any) -> None:
        original = app._not_implemented

        def responder(operation: Operation) -> Any:
            if operation.needs not in needs:
                return original(operation)
            return lambda req, resp, **at: setattr(resp, "data", body)

        patch.setattr(app, "_not_implemented", responder)

    return break_


def _raises(error: Callable[[], Exception], *operations: str) -> Break:
    """Operations that are off are refused so."""

    def break_(patch: Any) -> None:
        original = app._not_implemented

        def responder(operation: Operation) -> Any:
            if operation.operation_id not in operations:
                return original(operation)

            def refuse(*_: Any, **__: Any) -> None:
                raise error()

            return refuse

        patch.setattr(app, "_not_implemented", responder)

    return break_


_OFF: dict[str, Break] = {
    "events that are off answer an empty list": _answers(b"[]", "events"),
    "a change event that is off is 404": _raises(falcon.HTTPNotFound, "awaitChange"),
    "a user event that is off is 405": _raises(
        lambda: falcon.HTTPMethodNotAllowed(["GET"]), "awaitUser"
    ),
    "a periodic event that is off is 503": _raises(falcon.HTTPServiceUnavailable, "awaitPeriodic"),
}

_WRITES: dict[str, tuple[str, Break]] = {
    "writes that are off seem to succeed": ("attributes", _answers(b"{}", "writes")),
    "a write that is off is 405": (
        "attributes",
        _raises(lambda: falcon.HTTPMethodNotAllowed(["GET"]), "writeAttribute"),
    ),
    "a write of several that is off is 404": (
        "attributes",
        _raises(falcon.HTTPNotFound, "writeAttributes"),
    ),
    "a deletion of an attribute property that is off is 403": (
        "attributes",
        _raises(falcon.HTTPForbidden, "deleteAttributeProperty"),
    ),
    "a command that is off is 400": (
        "commands",
        _raises(falcon.HTTPBadRequest, "runCommand"),
    ),
    "a new property that is off is 415": (
        "properties",
        _raises(falcon.HTTPUnsupportedMediaType, "postProperty"),
    ),
    "a deletion of a property that is off is 500": (
        "properties",
        _raises(falcon.HTTPInternalServerError, "deleteProperty"),
    ),
    "a write to a pipe that is off is 405": (
        "pipes",
        _raises(lambda: falcon.HTTPMethodNotAllowed(["GET"]), "writePipe"),
    ),
}

MUTANTS = [
    *(Mutant(name, "commands", break_) for name, break_ in _COMMANDS.items()),
    Mutant(
        "a command's history has timestamps in implementation mode",
        "commands",
        mode("implementation", dated_commands=MODES["strict"].dated_commands),
        "implementation",
    ),
    *(Mutant(name, "properties", break_) for name, break_ in _PROPERTIES.items()),
    *(Mutant(name, "pipes", break_) for name, break_ in _PIPES.items()),
    *(Mutant(name, "events", break_) for name, break_ in _OFF.items()),
    *(Mutant(name, facet, break_) for name, (facet, break_) in _WRITES.items()),
]
