"""The properties that a request gives to be written: arguments of its query, or its body."""

from __future__ import annotations

from typing import Any

import falcon

from mtango_ref.http.input.bodies import given_body, texts_or_body
from mtango_ref.http.parsing import check_query, named_arguments, raw_body
from mtango_ref.messages import shown

Lines = list[str]


def given_lines(req: falcon.Request) -> Lines:
    """Read the lines of one property: each `value` of the query, or else the body.

    400 if there is neither, or for a body that is not what it says; 415 for one that is neither
    JSON nor plain text.
    """
    # rc3, "PUT D/properties/{p}": "?value={value1}&value={value2}".
    given = texts_or_body(req, "value", "line")
    if isinstance(given, list):
        return given
    return _lines(given.json, "The body") if given.is_json else [given.text]


def given_properties(req: falcon.Request) -> dict[str, Lines]:
    """Read properties by name: arguments of the query, or else the body. 400, 415."""
    check_query(req)
    # rc3, "PUT D/properties": "?{prop1}={value}&{prop2}={value}"; each value is a line of its own.
    names = named_arguments(req)
    # What one of them says would be lost, and with a PUT what it does not name, too.
    if names and raw_body(req):
        raise _bad("There are properties in the query and in the body; one of both is expected.")
    if names:
        return {name: [*(req.get_param_as_list(name) or ())] for name in names}
    body = given_body(req)
    # A PUT without any would delete all that the device has.
    if body is None:
        raise _bad("There are no properties: they are the query's arguments, or the body.")
    return _properties(body.json)


def _properties(json: Any) -> dict[str, Lines]:
    if isinstance(json, dict):
        return {name: _lines(lines, f"The body's {name!r}") for name, lines in json.items()}
    if not isinstance(json, list):
        raise _not("The body", json, "[{name, values}, ..] or {name: values, ..}")
    properties: dict[str, Lines] = {}
    for index, each in enumerate(json):
        where = f"Element {index} of the body"
        # rc3, "GET D/properties": [{"name", "values": [..]}]. What was read can be written.
        if not (isinstance(each, dict) and each.keys() == {"name", "values"}):
            raise _not(where, each, "{name, values}")
        name = each["name"]
        if not isinstance(name, str):
            raise _not(f"{where}, its name,", name, "text")
        if name in properties:
            raise _bad(f"{where} names {name!r}, as another one does.")
        properties[name] = _lines(each["values"], where)
    return properties


def _lines(json: Any, where: str) -> Lines:
    if isinstance(json, str):
        return [json]
    if isinstance(json, list) and all(isinstance(each, str) for each in json):
        return json
    raise _not(where, json, "text or a list of texts")


def _not(where: str, json: Any, expected: str) -> falcon.HTTPBadRequest:
    return _bad(f"{where} is {shown(json)}; {expected} is expected.")


def _bad(description: str) -> falcon.HTTPBadRequest:
    return falcon.HTTPBadRequest(description=description)
