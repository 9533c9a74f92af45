"""Every mutant: the rules on the wire, and the one break that no rule can say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from mtango_ref import openapi
from mutants import rule_files
from mutants.wire import Rule

Break = Callable[[pytest.MonkeyPatch], None]


class Mutant(NamedTuple):
    """One deliberate break.

    name: what is wrong now. facet: the one whose cases should notice. mode: in which it shows.
    rule: what stands before the app. break_: what is done before the app is made, where no rule
    can say the break.
    """

    name: str
    facet: str
    mode: str = "strict"
    rule: Rule | None = None
    break_: Break = lambda _: None

    @property
    def extensions(self) -> tuple[str, ...]:
        """Return the extensions with which it shows."""
        return () if self.rule is None else self.rule.extensions


def _of_rule(rule: Rule) -> Mutant:
    return Mutant(rule.name, rule.facet, rule.mode, rule)


def _serve_files_of_the_other_mode(patch: pytest.MonkeyPatch) -> None:
    """Break what no rule can: these files are in none of the server's answers."""
    served = openapi.served

    def of_the_other_mode(name: str, settings: Any, *backend: Any) -> Any:
        other = "implementation" if settings.rc3_mode == "strict" else "strict"
        return served(name, settings.model_copy(update={"rc3_mode": other}), *backend)

    patch.setattr(openapi, "served", of_the_other_mode)


MUTANTS = [
    *map(_of_rule, rule_files.load()),
    Mutant(
        "the swagger files are the other mode's", "swagger", break_=_serve_files_of_the_other_mode
    ),
]
