"""The values that a request gives to be written to attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import falcon

from mtango_ref import tango_errors, text_values
from mtango_ref.http.input.bodies import texts_or_body
from mtango_ref.http.parsing import check_query, named_arguments, raw_body
from mtango_ref.json_values import WrongValue
from mtango_ref.model import AttributeInfoEx


class Given(NamedTuple):
    """A value that a client gives to be written: texts of the query or of a body, or JSON."""

    texts: Sequence[str] | None
    json: Any = None

    def fit(self, config: AttributeInfoEx) -> Any:
        """Convert it to a value of the model that the attribute can be given.
        API_IncompatibleAttrDataType."""
        try:
            if self.texts is None:
                return text_values.of_json(config, self.json)
            return text_values.of_texts(config, self.texts)
        # The original writes 0, false or [] for what it cannot read; here nothing is written.
        except WrongValue as error:
            raise tango_errors.incompatible_value(config, str(error)) from None


def given_value(req: falcon.Request) -> Given:
    """Read the value that is to be written: each `v` of the query, or else the body.

    400 if there is neither, or for a body that is not what it says; 415 for one that is neither
    JSON nor plain text.
    """
    # rc3: "argument can be passed in request's body"; the original ignores it.
    given = texts_or_body(req, "v", "value")
    if isinstance(given, list):
        return Given(given)
    return Given(None, given.json) if given.is_json else Given([given.text])


def given_values(req: falcon.Request, most: int) -> dict[str, Given]:
    """Read what is to be written to each attribute that the query names, in its order. 400, 414."""
    check_query(req)
    names = named_arguments(req)
    # rc3 has the values of several in the query alone: nothing would be written, and 200.
    if not names and raw_body(req):
        raise falcon.HTTPBadRequest(
            description="The values of several attributes are not read from the body: each is an"
            " argument of the query, with the name of its attribute."
        )
    if len(names) > most:
        raise falcon.HTTPUriTooLong(
            description=f"The query names {len(names)} attributes; at most {most} are written at"
            " once."
        )
    for name in names:
        # Tango's texts are C's: after a NUL there is nothing, and another name would be written.
        if not name or "\0" in name:
            raise falcon.HTTPBadRequest(
                description=f"{name!r} in the query: the name of an attribute is expected."
            )
    # The original, too, takes a name that comes several times for the elements of a spectrum.
    return {name: Given(req.get_param_as_list(name)) for name in names}
