"""Every mutant is noticed by at least one case of the suite, and the unbroken app by none.

The quick cases of the mutant's facet are asked first, then all of its facet, then all: each only
where the mutant survives the ones before, and until one case notices it. A case whose requests the
rule leaves alone is not asked: it gets the answers of the unbroken app, which passes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import cache

import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.conformance.asking import transport
from mtango_ref.conformance.asking.asker import Asker
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.judging import placing
from mtango_ref.conformance.model import MODES, Case, Outcome, Place, Plan, Server, Wsgi
from mtango_ref.fixture.language import Facility
from mtango_ref.fixture.loading import load
from mtango_ref.http import app
from mtango_ref.settings.model import Settings
from mutants.mutants import MUTANTS, Mutant
from mutants.wire import Broken, Environ, Rule

APP_BASE = Settings().app_base
PLACE = Place(transport.IN_PROCESS + APP_BASE)
COUNTS = {
    "attributes": 123,
    "commands": 35,
    "events": 4,
    "http": 75,
    "pipes": 19,
    "properties": 31,
    "swagger": 11,
    "system": 32,
    "tree": 51,
}
"""The number of mutants of each facet."""
SLOW = ("_image", ".yml")
"""Parts of the paths that cost some hundredths of a second each."""

RecordProperty = Callable[[str, object], None]


@cache
def facility() -> Facility:
    return load("tango_test")


@cache
def cases_of(mode: str, extensions: tuple[str, ...] = ()) -> list[Case]:
    return loading.fitting(Plan(mode, extensions, writes=True))


def backend() -> FakeBackend:
    """Make a facility that has run for a minute, so that what is polled has a history."""
    ahead = -60.0
    made = FakeBackend(facility(), clock=lambda: time.time() + ahead)
    ahead = 0.0
    return made


@cache
def unbroken(mode: str) -> Wsgi:
    """Make an app without extensions, once for all rules: nobody can change it."""
    return app.create_app(Settings.model_validate({"rc3_mode": mode}), backend())


@cache
def heard(mode: str, extensions: tuple[str, ...]) -> dict[str, list[Environ]]:
    """Index what an app is asked for each case by the case's name."""
    environs: list[Environ] = []
    found: dict[str, list[Environ]] = {}

    def note(environ: Environ, start: Callable[..., object]) -> list[bytes]:
        environs.append(environ)
        start("204 No Content", [])
        return []

    send = transport.to_app(note)
    for case in cases_of(mode, extensions):
        environs = found[case.name] = []
        for request in (*case.before, case.request):
            send(placing.addressed(request, PLACE))
    return found


def reached(chosen: Collection[Case], rule: Rule, mode: str) -> list[Case]:
    """Return the cases with a request that the rule is about."""
    environs = heard(mode, rule.extensions)
    fits = rule.where.fits_request
    return [case for case in chosen if any(fits(one, APP_BASE) for one in environs[case.name])]


def failures(
    mode: str,
    chosen: Collection[Case],
    rule: Rule | None = None,
    extensions: tuple[str, ...] = (),
) -> Iterator[str]:
    """Yield which of the cases an app fails, behind the rule if there is one.

    A rule that changed no answer has no failures of its own: where a case fails then, or all were
    asked in vain, the rule is wrong.
    """
    settings = Settings.model_validate({"rc3_mode": mode, "extensions": extensions})
    is_new = rule is None or extensions
    made = app.create_app(settings, backend()) if is_new else unbroken(mode)
    broken = made if rule is None else Broken(made, rule)
    asked = list(chosen) if rule is None else reached(chosen, rule, mode)
    server = Server(PLACE, app=broken)
    for result in Asker(Watch(transport.sender(server)), server).ask_all(asked):
        if result.outcome is Outcome.FAILED:
            assert not is_idle(broken), f"the rule changed no answer: {rule}, {result.name}"
            yield result.name
    all_asked = len(chosen) == len(cases_of(mode, extensions))
    assert not (all_asked and is_idle(broken)), f"the rule changed no answer: {rule}"


def is_idle(app: Wsgi) -> bool:
    """Say whether a rule stands before the app, and has changed nothing yet."""
    return isinstance(app, Broken) and not app.changes


def stages(mutant: Mutant) -> list[list[Case]]:
    """Return the cases that the mutant has to survive, one list after the other."""
    chosen = cases_of(mutant.mode, mutant.extensions)
    own = [case for case in chosen if case.facet == mutant.facet]
    quick = [case for case in own if not any(part in case.request.path for part in SLOW)]
    return [quick, own, chosen]


@pytest.mark.parametrize("extensions", [(), ("writes",)], ids=["bare", "writes"])
@pytest.mark.parametrize("mode", MODES)
def test_the_unbroken_app_passes(mode: str, extensions: tuple[str, ...]) -> None:
    assert list(failures(mode, cases_of(mode, extensions), extensions=extensions)) == []


def test_no_mutant_is_lost() -> None:
    assert Counter(mutant.facet for mutant in MUTANTS) == COUNTS


def test_one_mutant_alone_is_no_rule() -> None:
    others = [mutant.name for mutant in MUTANTS if mutant.rule is None]
    assert others == ["the swagger files are the other mode's"]


def test_each_mutant_has_a_name_of_its_own() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_the_mutant_is_caught(
    mutant: Mutant, monkeypatch: pytest.MonkeyPatch, record_property: RecordProperty
) -> None:
    mutant.break_(monkeypatch)
    caught = first_failure(mutant)
    record_property("mutant", [mutant.name, caught])
    assert caught, f"no case notices that {mutant.name}"


def first_failure(mutant: Mutant) -> str:
    """Name the first case that notices the mutant; empty where none does."""
    found = (
        name
        for some in stages(mutant)
        for name in failures(mutant.mode, some, mutant.rule, mutant.extensions)
    )
    return next(found, "")


@pytest.mark.parametrize("facet", COUNTS)
def test_first_case_is_one_of_those_that_all_cases_find(facet: str) -> None:
    """The first case finds no mutant that all cases of its facet, asked in a row, would not."""
    mutant = next(one for one in MUTANTS if one.facet == facet and one.rule is not None)
    _, own, _ = stages(mutant)
    found = list(failures(mutant.mode, own, mutant.rule))
    assert first_failure(mutant) in found
