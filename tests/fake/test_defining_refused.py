"""Definitions that a facility refuses while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changed_facilities import ONE, REDEFINED
from fake_facilities import backend

from mtango_ref.backends.fake.control.defining import Refused

REFUSED: list[tuple[Callable[[Any], object], str]] = [
    (lambda c: c.restart("S/oen"), "there is no device server S/oen; did you mean s/one?"),
    (
        lambda c: c.restart("x"),
        "'x' is not a valid name; expected executable/instance, or domain/family/",
    ),
    (lambda c: c.restart("a/b/z"), "there is no device a/b/z; did you mean a/b/"),
    (lambda c: c.restart("SimControl/fake"), "simcontrol/fake controls the simulation; expected"),
    (lambda c: c.delete("sim/control/1"), "sim/control/1 controls the simulation; expected anot"),
    (lambda c: c.rename("sys/database/2", ONE), "sys/database/2 is the database of the facility"),
    (lambda c: c.delete("dserver/S/one"), "dserver/S/one comes with its server; expected a device"),
    (lambda c: c.delete(f"{ONE}/State"), "a/b/c/State: every device has State; expected another"),
    (lambda c: c.delete(f"{ONE}/z"), "a/b/c/z: a/b/c has no such part; expected one of c, counted"),
    (lambda c: c.rename(ONE, "a/b/D"), "there is a device a/b/d already; expected anot"),
    (lambda c: c.rename(ONE, ONE), "there is a device a/b/c already; expected anot"),
    (
        lambda c: c.rename(ONE, "a/b"),
        "'a/b' is not a valid name; expected domain/family/member, eac",
    ),
    (lambda c: c.rename(ONE, 5), "5 is not a valid name; expected domain/family/member, eac"),
    (
        lambda c: c.define("a/b/c/d/e", {}),
        "'a/b/c/d/e' is not a valid name; expected domain/family/member",
    ),
    (lambda c: c.define("a/b/new", {}), "device a/b/new, class: missing; expected a value"),
    (
        lambda c: c.define("a/b/new", {"class": "SimControl"}),
        "device a/b/new, class: class 'SimControl' is not defined; ",
    ),
    (
        lambda c: c.define("a/b/new", {"class": "B", "server": "SimControl/fake"}),
        "simcontrol/fake controls the simulation; expected another server",
    ),
    (
        lambda c: c.define("a/b/new", {"class": "A", "state": "ONN", "stat": 1}),
        "device a/b/new, state: 'ONN' is not known; did you mean ON?; device a/b/new, stat: unkno",
    ),
    (lambda c: c.define("a/b/new", 5), "device a/b/new: 5 is not valid; expected a mapping"),
    (
        lambda c: c.define(f"{ONE}/new", {"data_type": "DevLng"}),
        "device a/b/c, attributes.new.data_type: 'DevLng' is not known; did you mean DevLong?",
    ),
    (
        lambda c: c.define(f"{ONE}/new", {"unit": "mm"}),
        "device a/b/c, new: the device has no such part; expected a data_type for an attribute, an",
    ),
    (
        lambda c: c.define(f"{ONE}/x", {"value": "text"}),
        "device a/b/c, attributes.x.value: 'text' is not valid; expected an integer in",
    ),
    (
        lambda c: c.define(f"{ONE}/State", {"data_type": "DevLong"}),
        "device a/b/c, attributes.State: every device has it already; expected no type",
    ),
    (
        lambda c: c.define(f"{ONE}/x", {"data_type": "DevString"}),
        "device a/b/c, commands.set.behaviour.set_attributes.x: 9 is not valid; expected text",
    ),
    (
        lambda c: c.define(
            f"{ONE}/x",
            {"simulation": {"quantity_simulation_type": "Replay", "file": "a", "column": 1}},
        ),
        "device a/b/c, attributes.x.simulation.file: ",
    ),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused(number: int) -> None:
    act, sentence = REFUSED[number]
    facility = backend(REDEFINED)
    definitions = facility.definitions
    with pytest.raises(Refused) as refused:
        act(facility.control)
    assert str(refused.value)[: len(sentence)] == sentence
    assert (facility.definitions, facility.control.changed()) == (definitions, [])
