"""The number of processes that the settings ask for."""

from __future__ import annotations

import pytest

from mtango_ref.settings import sources
from mtango_ref.settings.model import SettingsError
from mtango_ref.settings.sources import CAN_FORK, load_settings


def problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_settings({}, None, environ)
    return refused.value.problems


def test_fake_has_one_process() -> None:
    assert problems(MTANGO_WORKERS="2") == [
        "MTANGO_WORKERS: expected 1: the fake keeps its state in one process"
    ]


@pytest.mark.skipif(not CAN_FORK, reason="this system cannot fork")
@pytest.mark.parametrize(
    ("environ", "workers"),
    [({}, 4), ({"MTANGO_WORKERS": "2"}, 2), ({"MTANGO_WORKERS": "1"}, 1)],
)
def test_gateway_has_four_processes_by_default(environ: dict[str, str], workers: int) -> None:
    assert load_settings({"backend": "tango"}, None, environ).workers == workers


def test_gateway_has_one_process_where_there_is_no_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "CAN_FORK", False)
    assert load_settings({"backend": "tango"}, None, {}).workers == 1
    assert problems(MTANGO_BACKEND="tango", MTANGO_WORKERS="2") == [
        "MTANGO_WORKERS: expected 1: this system cannot fork"
    ]
