"""rc3's `filter`: the fields of an answer that a client wants, or all but some."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import falcon

from mtango_ref.http.rc3_json import FAILURE

_LINKS = "_links"


class Filter(NamedTuple):
    """The fields that are kept and those that are dropped, by their names."""

    kept: Collection[str]
    """None of them: all but the dropped ones."""
    dropped: Collection[str]

    def apply(self, representation: Any) -> Any:
        """Return an answer with the fields that are wanted, wherever they stand, and what leads to
        them. A Failure stays whole, so that nobody takes it for an empty answer."""
        return self._of_all(representation, self._only if self.kept else self._without)

    def _of_all(self, node: Any, of_object: Callable[[Any], Any]) -> Any:
        if isinstance(node, dict):
            # The original filters failures, too, and answers {}.
            return node if _is_failure(node) else of_object(node)
        if isinstance(node, (list, tuple)):
            return [self._of_all(each, of_object) for each in node]
        return node

    def _without(self, node: dict[str, Any]) -> dict[str, Any]:
        return {
            key: self._of_all(child, self._without)
            for key, child in node.items()
            if key not in self.dropped
        }

    def _only(self, node: dict[str, Any]) -> dict[str, Any]:
        kept = {}
        for key, child in node.items():
            # rc3 does not say what ?filter=a&filter=!a means: the field goes.
            if key in self.dropped:
                continue
            # A field that is named is there with all that is in it.
            if key in self.kept:
                kept[key] = self._of_all(child, self._without)
            elif self._leads_to_any(child):
                kept[key] = self._of_all(child, self._only)
        return kept

    def _leads_to_any(self, node: Any) -> bool:
        if isinstance(node, dict):
            return any(
                key not in self.dropped and (key in self.kept or self._leads_to_any(child))
                for key, child in node.items()
            )
        if isinstance(node, (list, tuple)):
            return any(map(self._leads_to_any, node))
        return False


def wanted(req: falcon.Request, keeps_links: bool) -> Filter | None:
    """Read each `filter` of the query; None if it has none. 400 for one that names nothing.

    keeps_links: leave _links, as the examples of rc3 have them.
    """
    texts = req.get_param_as_list("filter")
    if texts is None:
        return None
    # rc3, "filter": "!" before a name drops the field.
    dropped = {text[1:] for text in texts if text.startswith("!")}
    # The original goes by the first one: with a ! there, it cuts a letter off all others.
    kept = {text for text in texts if not text.startswith("!")}
    # The original drops every field for an empty name.
    if "" in dropped | kept:
        raise falcon.HTTPBadRequest(
            description="filter in the query: the name of a field is expected, or ! and a name."
        )
    return Filter(kept | {_LINKS} if kept and keeps_links else kept, dropped)


def _is_failure(node: dict[str, Any]) -> bool:
    return node.get("quality") == FAILURE and "errors" in node
