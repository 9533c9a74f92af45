"""The fixture language: a Tango facility as pydantic models, a file a facet.

The keys are Tango's own (AttributeInfoEx flattened to the names of Tango's attribute
properties, CommandInfo, DbDevFullInfo) and, in `simulation`, those of tango-simlib's SimDD.
What is left out has Tango's own default. All models are frozen and refuse unknown keys.
"""

from mtango_ref.backends.fake.language.attributes import DIMENSIONS, Attribute, AttributeOverride
from mtango_ref.backends.fake.language.commands import Command, CommandOverride, Effects
from mtango_ref.backends.fake.language.pipes import Pipe, PipeElement
from mtango_ref.backends.fake.language.terms import Error, Properties, Raises
from mtango_ref.backends.fake.language.tree import (
    BUILT_IN_ATTRIBUTES,
    BUILT_IN_COMMANDS,
    Device,
    DeviceClass,
    Facility,
    Options,
    Spell,
)

__all__ = [
    "BUILT_IN_ATTRIBUTES",
    "BUILT_IN_COMMANDS",
    "DIMENSIONS",
    "Attribute",
    "AttributeOverride",
    "Command",
    "CommandOverride",
    "Device",
    "DeviceClass",
    "Effects",
    "Error",
    "Facility",
    "Options",
    "Pipe",
    "PipeElement",
    "Properties",
    "Raises",
    "Spell",
]
