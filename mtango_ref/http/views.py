"""Parts of an answer: rc3's `range` and `filter`, each where its extension is on."""

from __future__ import annotations

from typing import Any

import falcon
import orjson

from mtango_ref.http import filters, ranges
from mtango_ref.http.answers import Answer, At, Responder, Written
from mtango_ref.http.links import Base
from mtango_ref.openapi import Operation
from mtango_ref.settings.model import Settings


class Views:
    """Responders that answer with a part."""

    def __init__(self, settings: Settings, base: Base) -> None:
        self._is_strict = settings.rc3_mode == "strict"
        self._on = {*settings.extensions}
        self._pages = ranges.Pages(base, is_strict=self._is_strict)

    def responder(self, operation: Operation, respond: Responder) -> Responder:
        """Return the responder of a GET with what is on."""
        if "ranges" in self._on and operation.collection is not None:
            respond = self._ranged(operation.collection, respond)
        return self._filtered(respond) if "filters" in self._on else respond

    def _ranged(self, of: str, respond: Responder) -> Responder:
        def ranged(req: falcon.Request, at: At) -> Any:
            # Nobody is asked for what is no range.
            found = ranges.wanted(req)
            answer = respond(req, at)
            return answer if found is None else self._pages.page(req, found, _read(answer), of)

        return ranged

    def _filtered(self, respond: Responder) -> Responder:
        def filtered(req: falcon.Request, at: At) -> Any:
            # rc3: "_links" stay. The original drops them.
            found = filters.wanted(req, keeps_links=self._is_strict)
            answer = respond(req, at)
            if found is None:
                return answer
            answer = _read(answer)
            whole = answer.representation
            if answer.status != ranges.PARTIAL:
                return answer._replace(representation=found.apply(whole))
            # What leads to the other parts is no part of the collection.
            *elements, element = whole
            return answer._replace(representation=[*found.apply(elements), element])

        return filtered


def _read(answer: Any) -> Answer:
    """Return an answer with its representation as it was before it was written."""
    found: Answer = answer if type(answer) is Answer else Answer(answer)
    text = found.representation
    if type(text) is Written:
        text = b"".join(text.parts)
    return found._replace(representation=orjson.loads(text)) if type(text) is bytes else found
