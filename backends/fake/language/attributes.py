"""Attributes of a class, and what a device has otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from mtango_ref.backends.fake.generators import Simulation
from mtango_ref.backends.fake.language.terms import (
    Change,
    Count,
    Limit,
    Loose,
    Period,
    Properties,
    Raises,
    Seconds,
)
from mtango_ref.backends.fake.quantities import IMAGE, SCALAR, SPECTRUM, Model, misfit
from mtango_ref.backends.fake.values import Shape
from mtango_ref.model import (
    NOT_SPECIFIED,
    AttrDataFormat,
    AttrMemorizedType,
    AttrQuality,
    AttrWriteType,
    CmdArgType,
    DispLevel,
)
from mtango_ref.tango_types import CONFIGURATION, ELEMENTS

_SOURCES = frozenset({"value", "simulation", "raises"})
DIMENSIONS = {SCALAR: (), SPECTRUM: ("max_dim_x",), IMAGE: ("max_dim_x", "max_dim_y")}


class AttributeOverride(Model):
    """What one device may have otherwise than its class, and a class's attribute too."""

    value: Any = None
    quality: Loose[AttrQuality] = AttrQuality.ATTR_VALID
    raises: Raises | None = None
    simulation: Simulation | None = None
    polling_period: Period | None = None
    takes: Seconds = 0
    """s that a reading takes; what is polled is at hand."""
    properties: Properties = Field(default_factory=dict)
    description: str = CONFIGURATION["description"]
    label: str | None = None
    unit: str = ""
    standard_unit: str = CONFIGURATION["standard_unit"]
    display_unit: str = CONFIGURATION["display_unit"]
    format: str | None = None
    min_value: Limit = NOT_SPECIFIED
    max_value: Limit = NOT_SPECIFIED
    min_alarm: Limit = NOT_SPECIFIED
    max_alarm: Limit = NOT_SPECIFIED
    min_warning: Limit = NOT_SPECIFIED
    max_warning: Limit = NOT_SPECIFIED
    delta_t: Limit = NOT_SPECIFIED
    delta_val: Limit = NOT_SPECIFIED
    rel_change: Change = NOT_SPECIFIED
    abs_change: Change = NOT_SPECIFIED
    period: Limit = CONFIGURATION["period"]
    archive_rel_change: Change = NOT_SPECIFIED
    archive_abs_change: Change = NOT_SPECIFIED
    archive_period: Limit = NOT_SPECIFIED


class Attribute(AttributeOverride):
    """An attribute of a class."""

    data_type: Loose[CmdArgType]
    data_format: Loose[AttrDataFormat] = SCALAR
    writable: Loose[AttrWriteType] = AttrWriteType.READ
    max_dim_x: Annotated[Count, Field(ge=1)] = 1
    max_dim_y: Count = 0
    writable_attr_name: str | None = None
    disp_level: Loose[DispLevel] = DispLevel.OPERATOR
    memorized: Loose[AttrMemorizedType] = AttrMemorizedType.NONE
    root_attr_name: str = NOT_SPECIFIED
    enum_labels: list[str] = Field(default_factory=list)

    @property
    def shape(self) -> Shape:
        """What its values have to fit."""
        return Shape(
            self.data_type, self.data_format, self.max_dim_x, self.max_dim_y, self.enum_labels
        )

    @property
    def default(self) -> Any:
        """Its value where it is given none."""
        is_written = self.writable is AttrWriteType.WRITE
        return self.shape.unwritten() if is_written else self.shape.default()

    def overridden(self, override: AttributeOverride) -> Attribute:
        """The attribute as one device has it: the device's own, if it defines one, or this
        with what the override says. A device's value, simulation or raises takes the place
        of whichever the class has."""
        if isinstance(override, Attribute):
            return override
        changes = {key: getattr(override, key) for key in override.model_fields_set}
        if _SOURCES & set(changes):
            changes = {**dict.fromkeys(_SOURCES), **changes}
        return self.model_copy(update=changes)

    def problems_with(self, override: AttributeOverride) -> Iterator[tuple[str, str]]:
        """Those that it has as overridden, of one that has none. Quick where only the value is
        another one, as it is all over in a recorded facility."""
        if override.model_fields_set != {"value"} or override.value is None:
            yield from self.overridden(override).problems()
        elif wrong := misfit(self.shape, override.value):
            yield "value", wrong

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) of all that types alone do not say."""
        if self.data_type not in ELEMENTS:
            types = ", ".join(kind.value for kind in ELEMENTS)
            yield "data_type", f"{self.data_type.value} is no attribute's; expected {types}"
            return
        if self.data_format not in DIMENSIONS:
            formats = ", ".join(each.value for each in DIMENSIONS)
            yield "data_format", f"{self.data_format.value} is none; expected {formats}"
            return
        if self.data_type is CmdArgType.DevEnum and not self.enum_labels:
            yield "enum_labels", "missing; expected the labels of a DevEnum"
            return
        if self.writable is AttrWriteType.READ_WITH_WRITE and not self.writable_attr_name:
            yield "writable_attr_name", "missing; expected the attribute that is written with it"
        missing = [key for key in DIMENSIONS[self.data_format] if key not in self.model_fields_set]
        if missing:
            what = f"missing; expected the size of the largest {self.data_format.value}"
            yield from ((key, what) for key in missing)
            return
        yield from self._wrong_values()

    def _wrong_values(self) -> Iterator[tuple[str, str]]:
        given = [key for key in sorted(_SOURCES) if getattr(self, key) is not None]
        if len(given) > 1:
            yield given[1], f"beside {given[0]}; expected one of {', '.join(sorted(_SOURCES))}"
        wrong = None if self.value is None else misfit(self.shape, self.value)
        if wrong:
            yield "value", wrong
        problems = self.simulation.problems(self.shape) if self.simulation else ()
        yield from ((f"simulation.{key}", text) for key, text in problems)
