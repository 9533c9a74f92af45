"""The system API, on both backends: the figures of the caches are the same on both."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from dirty_equals import IsInt, IsNumber, IsStr

from conftest import Rest
from mtango_ref import __version__
from mtango_ref.http.facilities import Facility
from mtango_ref.http.middleware import RUN_AGAIN
from mtango_ref.threads.work import GivenUp
from rest_answers import BASE, DEAD, UNKNOWN, D

A = f"{D}/attributes"


@pytest.fixture
def rest(serve: Callable[..., Rest]) -> Rest:
    """Return an app of one's own, whose figures begin at 0."""
    return serve()


def cache(**figures: int) -> dict[str, int]:
    return {"hits": 0, "misses": 0, "currsize": 0, "maxsize": 10_000, **figures}


def test_entry_point_has_version_and_links(both: Rest) -> None:
    assert both.body("/sys") == {
        "version": f"mtango-py {__version__}",
        "config": f"{BASE}/sys/config",
        "active": [f"{BASE}/sys/active/devices", f"{BASE}/sys/active/attributes"],
        "stats": f"{BASE}/sys/stats",
        "gc": [f"{BASE}/sys/clean/devices", f"{BASE}/sys/clean/attributes"],
    }


def test_config_has_every_setting(serve: Callable[..., Rest]) -> None:
    """Every setting, also those that were not given."""
    rest = serve(cache_size=3, rc3_mode="implementation")
    [tango_host] = rest.body("/rc3/hosts")
    settings = rest.settings.model_dump(mode="json")
    assert settings["cache_size"] == 3
    assert rest.body("/sys/config") == {
        "version": __version__,
        "TANGO_HOST": tango_host,
        "database_host": tango_host,
        **settings,
    }


@pytest.mark.parametrize("figures", ["cache", "active"])
def test_caches_count_hits_and_misses(rest: Rest, figures: str) -> None:
    def caches() -> list[object]:
        return [rest.body(f"/sys/{figures}/{what}") for what in ("devices", "attributes")]

    assert caches() == [cache(), cache()]
    rest.body(f"{A}/double_scalar/value")
    assert caches() == [cache(misses=1, currsize=1)] * 2
    rest.body(f"{A}/DOUBLE_SCALAR/value")
    assert caches() == [
        cache(misses=1, currsize=1),
        cache(misses=1, hits=1, currsize=1),
    ]
    rest.body(f"{D}/state")
    rest.body(f"{A}/State/value")
    assert caches() == [
        cache(misses=1, hits=2, currsize=1),
        cache(misses=2, hits=1, currsize=2),
    ]


def test_unknown_device_has_no_proxy(rest: Rest) -> None:
    rest.body(f"{UNKNOWN}/state")
    assert rest.body("/sys/cache/devices") == cache(misses=1)


@pytest.mark.parametrize("path", [f"{DEAD}/state", f"{DEAD}/commands"])
def test_a_proxy_that_failed_to_connect_is_kept(rest: Rest, path: str) -> None:
    """The proxy connects by itself when its device is back."""
    rest.body(path)
    assert rest.body("/sys/cache/devices") == cache(misses=1, currsize=1)


def test_a_failed_read_keeps_its_proxies(rest: Rest) -> None:
    rest.body(f"{A}/throw_exception/value")
    assert rest.body("/sys/cache/devices") == cache(misses=1, currsize=1)
    assert rest.body("/sys/cache/attributes") == cache(misses=1, currsize=1)


def test_least_recently_used_proxy_goes_first(serve: Callable[..., Rest]) -> None:
    rest = serve(cache_size=2)
    for name in ("State", "Status", "State", "wave", "State"):
        rest.body(f"{A}/{name}/value")
    figures = {"hits": 2, "misses": 3, "currsize": 2, "maxsize": 2}
    assert rest.body("/sys/cache/attributes") == figures
    rest.body(f"{A}/Status/value")  # went for wave
    assert rest.body("/sys/cache/attributes") == {**figures, "misses": 4}


def test_look_ups_of_a_run_that_is_given_up_count_once(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that was set aside is run again, and looks for the same proxies again."""
    rest.body(f"{A}/State")
    before = [cache(misses=1, hits=1, currsize=1), cache(misses=1, currsize=1)]
    assert [rest.body(f"/sys/cache/{each}") for each in ("devices", "attributes")] == before

    def give_up(*_: object) -> None:
        raise GivenUp

    for path in (f"{A}/State", f"{A}/Status"):
        with monkeypatch.context() as patch:
            patch.setattr(Facility, "device", give_up)
            with pytest.raises(GivenUp):
                rest.get(path)
        assert rest.get(path, extras={RUN_AGAIN: True}).status_code == 200
    after = [cache(misses=1, hits=4, currsize=1), cache(misses=2, hits=1, currsize=2)]
    assert [rest.body(f"/sys/cache/{each}") for each in ("devices", "attributes")] == after
    assert rest.body("/sys/stats")["requests"] == 8


@pytest.mark.parametrize("cleaned", ["devices", "attributes"])
def test_clean_empties_one_cache(rest: Rest, cleaned: str) -> None:
    rest.body(f"{A}/double_scalar/value")
    result = rest.get(f"/sys/clean/{cleaned}")
    assert (result.status_code, result.content) == (204, b"")
    for what in ("devices", "attributes"):
        expected = cache() if what == cleaned else cache(misses=1, currsize=1)
        assert rest.body(f"/sys/cache/{what}") == expected
    rest.body(f"{A}/double_scalar/value")


def test_stats_count_requests(rest: Rest) -> None:
    before = time.time()
    rest.body(f"{A}/double_scalar/value")
    rest.get("/nowhere")
    count = IsInt(ge=0, le=2**63)
    seconds = IsNumber(ge=0, le=1e6)
    body = rest.body("/sys/stats")
    assert body == {
        "responses": 2,
        "requests": 3,
        "running_since": IsNumber(ge=before - 60, le=before),
        "time": IsNumber(ge=before, le=time.time()),
        "proxies": {"device": 1, "attribute": 1},
        "resource": {
            "user_time": seconds,
            "system_time": seconds,
            "max_resident_mem": IsInt(ge=10_000, le=10_000_000),
            "shared_mem": count,
            "unshared_mem": count,
            "unshared_stack_mem": count,
            "sent_msgs": count,
            "recv_msgs": count,
            "page_faults": {"major": count, "minor": IsInt(ge=1, le=2**63)},
            "swap_out": count,
            "block": {"input": count, "output": count},
            "signals": count,
            "context_switch": {"voluntary": count, "involuntary": count},
        },
    }
    assert body["running_since"] <= body["time"]


def test_version_header_and_entry_agree(rest: Rest) -> None:
    result = rest.get("/sys")
    assert (
        result.headers["x-mtango"]
        == result.json["version"]
        == IsStr(regex=r"mtango-py \d+\.\d+\.\d+")
    )
