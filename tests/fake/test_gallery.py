"""The packaged fixtures: each is served whole, nothing in it fails that is not meant to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from fake_facilities import NOON, Clock, attribute, packaged

from conftest import Rest
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.language import Facility
from mtango_ref.model import AttrQuality, CmdArgType, DevFailed, DevState

NAMES = ["synchrotron", "tango_test", "weather_station"]
P = "/rc3/hosts/localhost/10000"
DAY = 86_400

FAILING = {
    "synchrotron": [("sr/v-gauge/c05-1", "pressure", "Gauge_NoSensor")],
    "tango_test": [
        ("sys/tg_test/1", "no_value", "API_AttrValueNotSet"),
        ("sys/tg_test/1", "throw_exception", "exception test"),
    ],
    "weather_station": [("site/weather/1", "hail", "Weather_NoSensor")],
}
"""The attributes that cannot be read: device, attribute, reason."""

INVALID = {"synchrotron": [("sr/d-bpm/c07-2", "x"), ("sr/d-bpm/c07-2", "y")]}
NOT_RUNNING = {
    "synchrotron": ["id01/ccd/2"],
    "tango_test": ["dserver/TangoAccessControl/1", "sys/access_control/1"],
    "weather_station": ["site/weather/2"],
}


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def facility(name: str) -> Facility:
    return packaged(name)


@pytest.fixture
def backend(facility: Facility) -> FakeBackend:
    """Make a facility that has run for a while."""
    clock = Clock()
    made = FakeBackend(facility, clock=clock)
    clock.now += 1000
    return made


def devices(facility: Facility, name: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield each device that runs, with its attributes and commands as the fixture has them."""
    for device, definition in facility.devices.items():
        if device not in NOT_RUNNING[name] and definition.exported:
            kind = facility.classes[definition.class_]
            yield device, kind.attributes_of(definition), kind.commands_of(definition)


def failed(answer: Any) -> str | None:
    """Return the innermost reason of a failure."""
    is_failure = isinstance(answer, dict) and answer.get("quality") == "FAILURE"
    return str(answer["errors"][0]["reason"]) if is_failure else None


def test_all_devices_answer(both: Rest, facility: Facility, name: str) -> None:
    told = {each["name"]: each["href"] for each in both.body(f"{P}/devices")}
    assert set(facility.devices) <= set(told)
    for device, href in told.items():
        path = href.partition("/tango/rest")[2]
        body = both.body(path)
        assert (body["name"], failed(body)) == (device, None)
        running = device not in NOT_RUNNING[name] and not device.endswith(("/spare",))
        assert body["info"]["exported"] is running
        reason = failed(both.body(f"{path}/state"))
        assert reason == (None if running else "API_DeviceNotExported")
        assert isinstance(both.body(f"{path}/properties"), list)


def test_all_attributes_answer(both: Rest, facility: Facility, name: str) -> None:
    unread, invalid = [], []
    for device, attributes, _ in devices(facility, name):
        path = f"{P}/devices/{device}/attributes"
        assert [each["name"] for each in both.body(path)] == list(attributes)
        query = "&".join(f"attr={key}" for key in attributes)
        assert [each["name"] for each in both.body(f"{path}/value", query)] == list(attributes)
        assert [each["name"] for each in both.body(f"{path}/info", query)] == list(attributes)
        for key, definition in attributes.items():
            assert failed(both.body(f"{path}/{key}")) is None
            info = both.body(f"{path}/{key}/info")
            assert (info["name"], info["data_type"]) == (key, definition.data_type.value)
            assert len(both.body(f"{path}/{key}/properties")) == len(definition.properties)
            reading = both.body(f"{path}/{key}/value")
            if reason := failed(reading):
                unread.append((device, key, reason))
            elif reading["quality"] == "ATTR_INVALID":
                invalid.append((device, key))
            else:
                assert reading["value"] is not None
            history = both.body(f"{path}/{key}/history")
            if definition.polling_period is None:
                assert failed(history) == "API_AttrNotPolled"
            else:
                assert len(history) == 10
    single = {"implementation": "ReadAttributeException"}.get(both.settings.rc3_mode)
    assert unread == [(*where, single or reason) for *where, reason in FAILING[name]]
    assert invalid == INVALID.get(name, [])


def test_all_commands_pipes_and_properties_answer(
    both: Rest, facility: Facility, name: str
) -> None:
    for device, attributes, commands in devices(facility, name):
        path = f"{P}/devices/{device}"
        assert [each["name"] for each in both.body(f"{path}/commands")] == list(commands)
        for key, definition in commands.items():
            assert both.body(f"{path}/commands/{key}")["info"]["cmd_name"] == key
            history = both.body(f"{path}/commands/{key}/history")
            polled = definition.polling_period or (
                key in ("State", "Status") and attributes[key].polling_period
            )
            assert failed(history) is None if polled else failed(history) is not None
        kind = facility.classes[facility.devices[device].class_]
        assert [each["name"] for each in both.body(f"{path}/pipes")] == list(kind.pipes)
        for pipe, pipe_definition in kind.pipes.items():
            body = both.body(f"{path}/pipes/{pipe}")
            assert (body["name"], body["size"]) == (pipe, len(pipe_definition.data))
        for key, lines in facility.devices[device].properties.items():
            answer = both.body(f"{path}/properties/{key}")
            assert answer == {"name": key, "values": lines}


def states(backend: FakeBackend, facility: Facility, name: str) -> dict[str, DevState]:
    """Return the states of the devices that are not ON."""
    found = {
        device: backend.get_device_proxy(device).state() for device, _, _ in devices(facility, name)
    }
    return {device: state for device, state in found.items() if state is not DevState.ON}


STANDING = {
    "synchrotron": {
        "sys/pss/1": "CLOSE",
        "elin/modulator/2": "STANDBY",
        "sr/v-gauge/c03-2": "ALARM",
        "sr/v-ip/c06-3": "OFF",
        **{f"sr/v-rv/c0{cell}": "CLOSE" if cell == 6 else "OPEN" for cell in range(1, 9)},
        "sr/d-bpm/c07-2": "DISABLE",
        "id01/shutter/fe": "OPEN",
        "id01/m-sample/1": "OFF",
        "id01/m-det/1": "ALARM",
        "id01/ccd/1": "RUNNING",
    },
    "tango_test": {"sys/tg_test/1": "RUNNING"},
    "weather_station": {"site/sky/1": "ALARM"},
}
MOVING = {
    "synchrotron": {
        "elin/modulator/1": {"ON", "FAULT"},
        "sr/ps-q/qd2": {"ON", "ALARM"},
        "id01/m-theta/1": {"ON", "MOVING"},
    },
    "weather_station": {"site/weather/1": {"ON", "ALARM"}},
}


def test_states_are_as_intended(facility: Facility, name: str) -> None:
    """Over an hour: what stands and what moves, and nothing else is in ALARM."""
    clock = Clock()
    made = FakeBackend(facility, clock=clock)
    seen: dict[str, set[str]] = {}
    for minute in range(31):
        clock.now = NOON + minute * 119
        for device, state in states(made, facility, name).items():
            seen.setdefault(device, {"ON"} if minute else set()).add(state.value)
        for device in seen.keys() - states(made, facility, name).keys():
            seen[device].add("ON")
    standing = {device: {state} for device, state in STANDING[name].items()}
    assert seen == {**standing, **MOVING.get(name, {})}


def values(name: str, device: str, key: str, times: list[float]) -> list[Any]:
    """Read the values of an attribute at times, in s after the start at noon."""
    clock = Clock()
    proxy = attribute(FakeBackend(packaged(name), clock=clock), key, device)

    def value(time: float) -> Any:
        clock.now = NOON + time
        return proxy.read().value

    return [value(time) for time in times]


def test_the_beam_decays_and_is_topped_up() -> None:
    current = values("synchrotron", "sys/machstat/sr", "current", list(range(600)))
    steps = [two - one for one, two in pairwise(current)]
    assert sum(step > 3 for step in steps) == 2
    assert 195.9 < min(current) < max(current) < 200.1
    left = values("synchrotron", "sys/machstat/sr", "top_up_in", list(range(600)))
    topped_up = [n for n, step in enumerate(steps) if step > 3]
    assert all(left[n] == 1 and left[n + 1] == 300 for n in topped_up)


def test_the_modulator_trips_on_its_schedule() -> None:
    """20 s of each 100 s, in which its voltage cannot be read."""
    clock = Clock()
    made = FakeBackend(packaged("synchrotron"), clock=clock)
    device = made.get_device_proxy("elin/modulator/1")
    readings = []
    for clock.now in [NOON + second for second in range(300)]:
        [state, voltage] = device.read_attributes(["State", "voltage"])
        readings.append((state.value, [error.reason for error in voltage.err_stack][:1]))
    spells: list[tuple[DevState, list[str]]]
    spells = [(DevState.ON, [])] * 80 + [(DevState.FAULT, ["Modulator_Tripped"])] * 20
    assert readings == spells * 3


def test_the_scan_moves_and_waits() -> None:
    times = [second / 2 for second in range(160)]
    state = values("synchrotron", "id01/m-theta/1", "State", times)
    position = values("synchrotron", "id01/m-theta/1", "position", times)
    assert Counter(state) == {DevState.MOVING: 80, DevState.ON: 80}
    assert {at for at, each in zip(position, state, strict=True) if each is DevState.ON} == {10}
    assert len(set(position)) == 41


def test_weather_of_a_day_is_plausible() -> None:
    midnight = -NOON % DAY
    hours = [midnight + 3600.0 * hour for hour in range(24)]

    def day(key: str) -> list[Any]:
        return values("weather_station", "site/weather/1", key, hours)

    temperature, insolation, humidity = map(day, ("temperature", "insolation", "relative_humidity"))
    assert temperature.index(max(temperature)) in (14, 15, 16)
    assert temperature.index(min(temperature)) in (2, 3, 4)
    assert humidity.index(min(humidity)) in (14, 15, 16)
    assert [hour for hour in range(24) if insolation[hour] == 0] == [*range(7), *range(18, 24)]
    assert insolation.index(max(insolation)) in (11, 12, 13)


def test_rain_agrees_with_sky_and_report() -> None:
    """Two showers in an hour, and the sky and the report agree with them."""
    times = [float(second) for second in range(0, 3600, 10)]
    rain, sky, report = (
        values("weather_station", "site/weather/1", key, times)
        for key in ("rainfall", "sky", "report")
    )
    assert [value > 0 for value in rain] == [value == "Rain" for value in sky]
    starts = [n for n in range(1, 360) if rain[n] and not rain[n - 1]]
    assert [n // 6 for n in starts] == [12, 38]
    assert {report[n] for n in range(360) if rain[n] > 8} == {"Heavy shower, the dome stays closed"}


def test_wind_is_too_strong_now_and_then() -> None:
    clock = Clock()
    made = FakeBackend(packaged("weather_station"), clock=clock)
    proxy = attribute(made, "wind_speed", "site/weather/1")
    qualities: Counter[AttrQuality] = Counter()
    for clock.now in [NOON + 10 * n for n in range(2000)]:
        qualities[proxy.read().quality] += 1
    valid, warning, alarm = qualities.most_common()
    assert [valid[0], warning[0], alarm[0]] == [
        AttrQuality.ATTR_VALID,
        AttrQuality.ATTR_WARNING,
        AttrQuality.ATTR_ALARM,
    ]
    assert alarm[1] < warning[1] < 200


def test_gallery_uses_every_feature() -> None:
    """The synchrotron uses them all; no client gets to see DevInt."""
    attributes = [
        each
        for kind in packaged("synchrotron").classes.values()
        for each in kind.attributes.values()
    ]
    types = {each.data_type for each in attributes}
    names = "Double Float Long Short UShort ULong Long64 ULong64 UChar Boolean String State Enum"
    assert types == {CmdArgType(f"Dev{each}") for each in [*names.split(), "Encoded"]}
    assert len(packaged("synchrotron").devices) == 100


COMMANDS = [
    ("sr/ps-q/qf1", "Off", None, "OFF"),
    ("sr/ps-q/qf1", "On", None, "ON"),
    ("sr/v-rv/c06", "Open", None, "OPEN"),
    ("sr/v-rv/c06", "Close", None, "CLOSE"),
    ("sr/rf-tra/1", "Standby", None, "STANDBY"),
    ("elin/modulator/2", "Reset", None, "ON"),
    ("id01/m-theta/1", "Stop", None, "ON"),
    ("id01/m-sample/1", "Home", None, "OFF"),
    ("id01/ccd/1", "Stop", None, "ON"),
    ("id01/ccd/1", "Start", None, "RUNNING"),
    ("id01/mca/1", "Start", 2.5, "RUNNING"),
    ("id01/shutter/fe", "Close", None, "CLOSE"),
    ("sr/d-bpm/c01-1", "Calibrate", 0.25, "ON"),
]


def test_commands_switch_what_they_are_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("mtango_ref.backends.fake.device.faults.sleep", slept.append)
    made = FakeBackend(packaged("synchrotron"), clock=Clock())
    for device, command, argument, state in COMMANDS:
        proxy = made.get_device_proxy(device)
        answer = proxy.command_inout(command, argument)
        assert answer == (0.25 if command == "Calibrate" else None)
        assert (device, command, proxy.state().value) == (device, command, state)
    assert attribute(made, "is_open", "id01/shutter/fe").read().value is False
    assert attribute(made, "position", "id01/m-sample/1").read().value == 0.0
    frame = made.get_device_proxy("id01/ccd/1").command_inout("Snapshot")
    assert frame == attribute(made, "frame", "id01/ccd/1").read().value
    with pytest.raises(DevFailed) as failed:
        made.get_device_proxy("sys/machstat/sr").command_inout("Dump")
    assert failed.value.errors[0].reason == "Machine_NotAllowed"
    assert list(filter(None, slept)) == [0.5, 0.5, 0.2, 1, 0.5]


def test_a_server_crashes_and_is_back() -> None:
    clock = Clock()
    made = FakeBackend(packaged("synchrotron"), clock=clock)
    proxy = made.get_device_proxy("id01/mca/1")
    away = []
    for second in range(600):
        clock.now = NOON + second
        try:
            proxy.state()
        except DevFailed:
            away.append(second)
    assert away == [*range(60, 75), *range(360, 375)]


def test_the_wind_vane_sticks() -> None:
    clock = Clock()
    made = FakeBackend(packaged("weather_station"), clock=clock)
    proxy = attribute(made, "wind_direction", "site/weather/1")
    stuck = []
    for clock.now in [NOON + second for second in range(600)]:
        if proxy.read().quality is AttrQuality.ATTR_INVALID:
            stuck.append(clock.now - NOON)
    assert stuck == list(range(300, 320))
