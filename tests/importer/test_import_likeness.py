"""The likeness of an imported SimDD to the device server that tango-simlib makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from description_files import import_shipped, served
from mtango_ref.model import CommandInfo
from patient_backend import patient_backend

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

OWN = {"AttributesNotAdded", "NumAttributesNotAdded"}
"""The attributes that every server of tango-simlib has in addition."""


def by_name(commands: Iterable[CommandInfo]) -> dict[str, CommandInfo]:
    """Find commands in any order: tango-simlib adds its commands when it already runs."""
    return {each.cmd_name: each for each in commands}


def test_import_is_like_tango_simlib_s_server(facility: Facility) -> None:
    """The whole configuration of every attribute, every command, the properties, and values of
    the same types. Only tango-simlib does not poll what its SimDD says is polled."""
    fake = served(import_shipped("Weather_SimDD.json").fixture)
    mine = fake.get_device_proxy("test/weather/1")
    names = list(mine.get_attribute_list())
    with facility.weather():
        backend = patient_backend()
        real = backend.get_device_proxy("test/weather/1")
        assert set(real.get_attribute_list()) - OWN == set(names)
        assert mine.get_attribute_config(names) == real.get_attribute_config(names)
        assert by_name(mine.command_list_query()) == by_name(real.command_list_query())
        assert (mine.state(), mine.status()) == (real.state(), real.status())
        properties = fake.database.get_device_property(mine.name)
        properties.pop("polled_attr", None)
        assert properties == backend.database.get_device_property(real.name)
        for here, there in zip(
            mine.read_attributes(names), real.read_attributes(names), strict=True
        ):
            assert (here.name, type(here.value), here.quality, here.err_stack) == (
                there.name,
                type(there.value),
                there.quality,
                there.err_stack,
            )
