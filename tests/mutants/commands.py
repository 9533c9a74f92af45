"""Breaks of commands: what there is, and what polling kept of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mtango_ref import tango_errors
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.http.modes import MODES
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.interface import Device
from mtango_ref.model import (
    CmdArgType,
    CommandInfo,
    DevFailed,
    DispLevel,
)
from mutants.breaks import (
    Break,
    Mutant,
    after,
    forgiving,
    instead,
    lost,
    mode,
    put,
    reason_as,
    refusing,
    renamed,
)


def _in(key: str, wrong: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda body: body | {key: wrong(body[key])}


def _unknown_command(device: Device, name: str) -> DevFailed | None:
    known = {info.cmd_name for info in device.command_list_query()}
    return None if name in known else tango_errors.command_not_found(name)


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
    "an unknown command is 404": reason_as("404 Not Found", "API_CommandNotFound"),
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
        tango_errors, "command_needs_input", tango_errors.command_not_polled
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
]
