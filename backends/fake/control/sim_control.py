"""The control device: its commands, which a client runs as any others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mtango_ref.backends.fake.control.control import Control
from mtango_ref.backends.fake.control.defining import Refused
from mtango_ref.fixture.control_class import SIM_CONTROL
from mtango_ref.fixture.yaml_document import Document, DocumentError
from mtango_ref.messages import shown
from mtango_ref.model import DevError, DevFailed, ErrSeverity

MAX_TEXT = 100_000
"""Characters of YAML that a command of the control device takes."""


def functions(control: Control) -> dict[str, Callable[[Any], None]]:
    """Return the commands of the control device; a refusal becomes a DevFailed."""
    commands: dict[str, Callable[[Any], None]] = {
        "SetValue": lambda words: control.set_value(*_two("SetValue", words, as_yaml=True)),
        "SetState": lambda words: control.set_state(*_two("SetState", words)),
        "Fail": lambda words: control.fail(*_two("Fail", words, as_yaml=True)),
        "Heal": control.heal,
        "Advance": control.advance,
        "Restart": control.restart,
        "Define": lambda words: control.define(*_two("Define", words, as_yaml=True)),
        "Rename": lambda words: control.rename(*_two("Rename", words)),
        "Delete": control.delete,
        "Reset": lambda _: control.reset(),
    }
    return {name: _tango(name, function) for name, function in commands.items()}


def _two(command: str, words: list[str], *, as_yaml: bool = False) -> tuple[str, Any]:
    # Tango: a command has one argument, so a name and what it is to be come as two texts.
    if len(words) != 2:
        raise Refused(f"{len(words)} strings; {command} expects two")
    name, text = words
    if not as_yaml:
        return name, text
    if len(text) > MAX_TEXT:
        raise Refused(f"{len(text)} characters; expected at most {MAX_TEXT}")
    try:
        data = Document(text).data
    except DocumentError as error:
        raise Refused("; ".join(problem.text for problem in error.problems)) from None
    if command == "Fail" and not isinstance(data, dict):
        raise Refused(
            f"{shown(data)} is not a fault; expected a mapping such as {{fault: failure}}"
        )
    return name, data


def _tango(name: str, function: Callable[[Any], None]) -> Callable[[Any], None]:
    def run(argument: Any) -> None:
        try:
            function(argument)
        except Refused as error:
            origin = f"{SIM_CONTROL}::{name}"
            raise DevFailed(
                # Tango: a command says no by a DevFailed, whose origin is class::method.
                DevError("SimControl_Refused", str(error), ErrSeverity.ERR, origin)
            ) from None

    return run
