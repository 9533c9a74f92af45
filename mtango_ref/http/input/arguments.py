"""The argument of a command, as a client gives it: its type decides what a text means."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import falcon
import orjson

from mtango_ref.http.input.bodies import Body, given_body
from mtango_ref.http.parsing import check_query, single
from mtango_ref.json_values import WrongValue, from_json
from mtango_ref.model import CmdArgType, DevFailed
from mtango_ref.names import lower
from mtango_ref.tango_types import FLOATS, NUMBERS
from mtango_ref.text_values import BOOLEANS, number

Fit = Callable[[CmdArgType], Any]
"""Returns the argument for a command of a type, as json_values.from_json is given it; None if
there is none. It may be wrong for the type; the device refuses it then."""

# rc2 has `input`, and attributes have `v`.
_KEYS = ("input", "v")


def given_argument(req: falcon.Request, *, as_is: bool) -> Fit:
    """Read the argument: `input` or `v` of the query, or else the body.

    as_is: a body for a DevString is its text, be it JSON or not, and one for a DevVoid is ignored.
    400 for several, and for a body that is not what it says; 415 for one that is neither JSON nor
    plain text.
    """
    check_query(req)
    # Tango: a command has one argument, which may be an array.
    texts = [text for key in _KEYS if (text := single(req, key)) is not None]
    if len(texts) > 1:
        raise falcon.HTTPBadRequest(
            description=f"{' and '.join(_KEYS)} in the query: one of them is expected."
        )
    if texts:
        return partial(_of_query, texts[0])
    body = given_body(req)
    if body is None:
        return _nothing
    if as_is:
        return partial(_as_is, body)
    return _fit(body)


def _fit(body: Body) -> Fit:
    # rc3, "PUT D/commands/{c}": "Hi!" in JSON is the text Hi!; plain text is itself.
    if not body.is_json:
        return partial(_of_text, body.text)
    value = body.json
    return lambda _: value


def _as_is(body: Body, in_type: CmdArgType) -> Any:
    # The original: a DevString is the raw body, whatever its type, and a DevVoid looks at none.
    if in_type is CmdArgType.DevString:
        return body.text
    return None if in_type is CmdArgType.DevVoid else _fit(body)(in_type)


def _nothing(_: CmdArgType) -> None:
    """Give no argument."""


def _of_query(text: str, in_type: CmdArgType) -> Any:
    """Read a text of the query, where a string may also be JSON."""
    if in_type is not CmdArgType.DevString:
        return _of_text(text, in_type)
    value = _loaded(text)
    return value if isinstance(value, str) else text


def _of_text(text: str, in_type: CmdArgType) -> Any:
    """Read a text: a string is itself; all else is JSON, or a word, such as a state's name."""
    if in_type is CmdArgType.DevString:
        return text
    word = text.strip()
    if in_type is CmdArgType.DevBoolean and lower(word) in BOOLEANS:
        return BOOLEANS[lower(word)]
    # No text is no argument, where none is needed.
    if in_type is CmdArgType.DevVoid and not word:
        return None
    value = _loaded(word)
    # JSON has no 1e+3 whose plus has become a blank.
    is_number = isinstance(value, str) and in_type in NUMBERS
    return number(float if in_type in FLOATS else int, value) if is_number else value


def _loaded(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def explained(failed: DevFailed, in_type: CmdArgType, argument: Any) -> DevFailed:
    """Return the failure of a command, with a sentence about the argument if that was wrong."""
    first, *others = failed.errors
    if argument is None or first.reason != "API_IncompatibleCmdArgumentType":
        return failed
    try:
        from_json(in_type, argument)
    except WrongValue as error:
        # Tango says which type it expects, and not what is wrong with what came.
        return type(failed)(first._replace(desc=f"{first.desc}: {error}"), *others)
    return failed
