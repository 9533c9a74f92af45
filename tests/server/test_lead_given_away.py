"""The lead, given away before a call where another thread would do more meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from unittest.mock import Mock

import pytest

from mtango_ref.threads import shares as shares_module
from mtango_ref.threads.shares import Shares
from mtango_ref.threads.work import Work


def test_who_leads_makes_no_call_after_two_slow_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """One slow call may have waited for a busy machine."""
    time, crew, stepped = 0.0, Mock(), []
    monkeypatch.setattr(shares_module, "monotonic", lambda: time)
    shares = Shares(1.0)
    shares.serve(Mock(is_behind=lambda: False), crew)

    def lasting(took: float) -> None:
        nonlocal time
        time += took
        stepped.append(crew.step_back.called)
        crew.reset_mock()

    shares.begin(Work(Mock()))
    for took in (0.002, 0.0005, 0.002, 0.003, 0.004, 0.0005, 0.002):
        shares.call("x", lasting, took)
    assert stepped == [False, False, False, False, True, True, False]


@pytest.mark.parametrize(("age", "is_given"), [(0.0005, False), (0.002, True)])
def test_who_leads_gives_the_lead_away_if_it_is_behind_and_no_quick_call_is_under_way(
    monkeypatch: pytest.MonkeyPatch, age: float, is_given: bool
) -> None:
    """Two threads answer by turns, whatever waits; a call that hangs is nobody's turn."""
    time, crew, stepped = 0.0, Mock(), []
    monkeypatch.setattr(shares_module, "monotonic", lambda: time)
    shares = Shares(1.0)
    is_behind = False
    shares.serve(Mock(is_behind=lambda: is_behind), crew)

    def noting() -> None:
        stepped.append(crew.step_back.called)
        crew.reset_mock()

    def call(function: Callable[[], None]) -> None:
        work = Work(Mock())
        shares.begin(work)
        shares.call("x", function)
        shares.done(work)

    def beside_another() -> None:
        nonlocal time
        noting()
        time += age
        beside = threading.Thread(target=call, args=[noting])
        beside.start()
        beside.join()

    call(noting)
    is_behind = True
    call(beside_another)
    call(noting)
    assert stepped == [False, True, is_given, True]
