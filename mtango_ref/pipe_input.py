"""Input for a pipe: JSON -> a blob with types, once for all backends.

rc3, "Device pipes": {name, data: [{name, type, value}]}, where "for writing type information is
required for each PipeBlobDataElement". An inner blob is the value of an element.
"""

from __future__ import annotations

from typing import Any, NoReturn

from mtango_ref.json_values import JSON, Checks, WrongValue, convert
from mtango_ref.messages import shown
from mtango_ref.model import CmdArgType, DevError, DevFailed, ErrSeverity, PipeBlob, PipeElement
from mtango_ref.names import lower
from mtango_ref.tango_types import ARRAYS, ELEMENTS

MAX_DEPTH = 50
"""Blobs within one another: an answer with many more is too deep for JSON."""

# PyTango: of a single DevUChar it sends nothing, and it knows neither of the others.
_NOT_SENT = {CmdArgType.DevUChar, CmdArgType.DevInt, CmdArgType.DevVarEncodedArray}
TYPES = {
    each.value: each
    for each in (*ELEMENTS, *ARRAYS, CmdArgType.DevPipeBlob)
    if each not in _NOT_SENT
}
"""The types that an element can be written with, by name."""

# cppTango: an element has no labels; a DevEnum is sent as its number.
_SENT_AS = {CmdArgType.DevEnum: CmdArgType.DevShort}

_BLOB = "a blob: {name: .., data: [..]}"
_ELEMENT = "an element: {name: .., type: .., value: ..}"


class DuplicateNameError(WrongValue):
    """Two elements of a blob with one name."""


def written_blob(content: Any, checks: Checks = JSON) -> PipeBlob:
    """Convert what JSON holds to the blob that is written. WrongValue has the element's place.

    checks: as of json_values.from_json; a backend whose values look otherwise has its own.
    """
    return _Reader(checks).blob(content, "", 0)


def check_blob(device: str, pipe: str, content: Any) -> None:
    """Raise DevFailed for what JSON holds and cannot be written to the pipe of a device."""
    try:
        written_blob(content)
    except WrongValue as error:
        raise refused(device, pipe, error) from error


class _Reader:
    """Reads blobs and their elements; `where` is the place of what is read."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def blob(self, content: Any, where: str, depth: int) -> PipeBlob:
        at = f"{where}." if where else ""
        if depth > MAX_DEPTH:
            raise WrongValue(f"{where}: more than {MAX_DEPTH} blobs within one another")
        _check_keys(content, ("name", "data"), where, _BLOB)
        elements = content["data"]
        if not isinstance(elements, list):
            _refuse(elements, f"{at}data", "a list of elements")
        # cppTango takes a blob without elements, and then each read is API_PipeValueNotSet; an
        # inner one arrives as an element without data.
        if not elements:
            _refuse(elements, f"{at}data", "at least one element")
        read = tuple(
            self._element(each, f"{at}data[{index}]", depth) for index, each in enumerate(elements)
        )
        _check_distinct(read, at)
        return PipeBlob(_name(content["name"], f"{at}name"), read)

    def _element(self, content: Any, where: str, depth: int) -> PipeElement:
        _check_keys(content, ("name", "type", "value"), where, _ELEMENT)
        name, value = _name(content["name"], f"{where}.name"), content["value"]
        asked = content["type"]
        data_type = TYPES.get(asked) if isinstance(asked, str) else None
        if data_type is None:
            _refuse(asked, f"{where}.type", f"one of {', '.join(TYPES)}")
        # rc3: each value is a list, also that of a type that has one; so is an inner blob.
        if data_type not in ARRAYS and isinstance(value, list) and len(value) == 1:
            [value] = value
        if data_type is CmdArgType.DevPipeBlob:
            return PipeElement(name, data_type, self.blob(value, f"{where}.value", depth + 1))
        try:
            fitted = convert(data_type, value, self._checks)
        except WrongValue as error:
            raise WrongValue(f"{where}.value ({asked}): {error}") from None
        return PipeElement(name, _SENT_AS.get(data_type, data_type), fitted)


def _name(name: Any, where: str) -> str:
    try:
        text: str = JSON[CmdArgType.DevString](name)
    except WrongValue as error:
        raise WrongValue(f"{where}: {error}") from None
    return text


def _check_keys(content: Any, keys: tuple[str, ...], where: str, expected: str) -> None:
    """Refuse what is no object with exactly these keys; name the first that is wrong."""
    if not isinstance(content, dict):
        _refuse(content, where, expected)
    at = f"{where}: " if where else ""
    missing = [key for key in keys if key not in content]
    if missing:
        raise WrongValue(f"{at}{missing[0]} is missing; expected {expected}")
    unknown = [key for key in content if key not in keys]
    if unknown:
        raise WrongValue(f"{at}{shown(unknown[0])} is not a key here; expected {expected}")


def _check_distinct(elements: tuple[PipeElement, ...], at: str) -> None:
    """Refuse two elements of one name. cppTango: names compare without regard to case."""
    seen: set[str] = set()
    for index, each in enumerate(elements):
        if lower(each.name) in seen:
            what = f"{at}data[{index}].name: {shown(each.name)} is the name of two elements"
            raise DuplicateNameError(f"{what}; expected another one")
        seen.add(lower(each.name))


def _refuse(value: Any, where: str, expected: str) -> NoReturn:
    at = f"{where}: " if where else ""
    raise WrongValue(f"{at}{shown(value)} is not valid; expected {expected}")


def write_pipe_failed(device: str, pipe: str) -> DevError:
    """Word the outer level of a failure to write a pipe, as Tango's client does."""
    desc = f"Failed to write_pipe on device {lower(device)}, pipe {pipe}"
    origin = "virtual void Tango::DeviceProxy::write_pipe(Tango::DevicePipe&)"
    return DevError("API_PipeFailed", desc, ErrSeverity.ERR, origin)


def refused(device: str, pipe: str, error: WrongValue) -> DevFailed:
    """Word the failure of a blob that is not valid: nothing was written."""
    # Tango's own reasons of its library for what a blob cannot hold.
    is_duplicate = isinstance(error, DuplicateNameError)
    reason = "API_PipeDuplicateDEName" if is_duplicate else "API_PipeWrongArg"
    inner = DevError(reason, str(error), ErrSeverity.ERR, __name__)
    return DevFailed(inner, write_pipe_failed(device, pipe))
