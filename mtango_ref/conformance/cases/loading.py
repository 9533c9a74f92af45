"""The cases of the suite, which say what rc3 is; schema.json beside them has their language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from mtango_ref.conformance.cases.addresses import as_tangos
from mtango_ref.conformance.cases.folder import SHARED, CaseError, File, folder, read
from mtango_ref.conformance.cases.statuses import with_status
from mtango_ref.conformance.cases.variants import each, expanded, rules
from mtango_ref.conformance.model import READING, Case, Level, Plan, Rule, Server

__all__ = ["CaseError", "fitting", "load", "needs"]


def load(where: Path | None = None) -> list[Case]:
    """Load every case in the order of the files, one for each mode and request. CaseError."""
    return list(_load(where or folder()))


@lru_cache(maxsize=1)
def _load(where: Path) -> tuple[Case, ...]:
    documents = _files(where)
    shared = documents.get(SHARED, {})
    cases: list[Case] = []
    mistakes: list[str] = []
    for name, document in documents.items():
        for case in document["cases"] if name != SHARED else ():
            with _noting(f"{name}, case {case['name']!r}", mistakes):
                cases += each(case, document, shared)
    mistakes += _repeated(cases)
    if mistakes:
        raise CaseError("\n".join(dict.fromkeys(mistakes)))
    return tuple(cases)


def needs(where: Path | None = None) -> dict[str, Case]:
    """List what cases may need beyond a TangoTest, by its word: a case that a server with it
    passes; `name` says what it is.

    Where the server is known to have everything, nothing need be asked, and a defect cannot
    hide the cases that would find it.
    """
    return dict(_needs(where or folder()))


@lru_cache(maxsize=1)
def _files(where: Path) -> dict[str, File]:
    return read(where)


@lru_cache(maxsize=1)
def _needs(where: Path) -> dict[str, Case]:
    shared = _files(where).get(SHARED, {})
    found = {}
    for word, need in shared.get("needs", {}).items():
        known = rules({}, shared)
        rule = {word: Rule(need["name"], word, Level.MAY, "mtango-ref")}
        [found[word], *_] = expanded({**need, "rule": word}, "needs", shared, {**known, **rule})
    return found


def waived(level: Level, where: Path | None = None) -> set[str]:
    """Return the words for what a run at the level asks of every server, whether it has it or not.

    A choice of this project is broken by a server without it, in a run that asks for choices.
    """
    needs = _files(where or folder()).get(SHARED, {}).get("needs", {})
    return {
        word
        for word, need in needs.items()
        if "waived" in need and level.includes(Level(need["waived"]))
    }


def fitting(plan: Plan, server: Server | None = None) -> list[Case]:
    """List the cases that the plan asks of a server, in the order of the files.

    server: None for one that has all that cases need.
    """

    def fits(case: Case) -> bool:
        extension = case.extension or ""
        on = extension.removeprefix("-") in plan.extensions
        return (
            plan.mode in case.modes
            and (not extension or on != extension.startswith("-"))
            and plan.only in (None, case.facet)
            and (plan.writes or case.request.method in READING)
            and (server is None or server.is_fit(case.needs))
        )

    return [_as_answered(case, plan) for case in load() if fits(case)]


def _as_answered(case: Case, plan: Plan) -> Case:
    """Return the case with the status that it has in that mode and with these extensions."""
    if "status" in plan.extensions:
        return with_status(case)
    return as_tangos(case) if plan.mode == "implementation" else case


@contextmanager
def _noting(where: str, mistakes: list[str]) -> Iterator[None]:
    """Note a ValueError as a mistake at that place."""
    try:
        yield
    except ValueError as error:
        mistakes.append(f"{where}: {error}")


def _repeated(cases: list[Case]) -> list[str]:
    """List the names that two cases in one mode have."""
    seen, mistakes = set(), []
    for case in cases:
        key = (case.name, case.modes)
        if key in seen:
            mistakes.append(
                f"{case.facet}.yml, case {case.name!r}: duplicate name, expected another one"
            )
        seen.add(key)
    return mistakes
