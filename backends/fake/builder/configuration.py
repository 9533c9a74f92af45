"""Attributes, commands, pipes and errors of the fixture, in the model's words."""

from __future__ import annotations

from mtango_ref.fixture import language
from mtango_ref.fixture.values import fit_argument
from mtango_ref.model import (
    ArchiveEventInfo,
    AttributeAlarmInfo,
    AttributeEventInfo,
    AttributeInfoEx,
    ChangeEventInfo,
    CmdArgType,
    CommandInfo,
    PeriodicEventInfo,
    PipeBlob,
    PipeElement,
)
from mtango_ref.tango_types import CONFIGURATION, own_defaults


def attribute_info(name: str, attribute: language.Attribute) -> AttributeInfoEx:
    """Return the configuration of an attribute, with Tango's defaults filled in."""
    defaults = own_defaults(name, attribute.data_type, attribute.writable)
    return AttributeInfoEx(
        name=name,
        data_type=attribute.data_type,
        data_format=attribute.data_format,
        writable=attribute.writable,
        max_dim_x=attribute.max_dim_x,
        max_dim_y=attribute.max_dim_y,
        # Tango takes an empty text as none.
        description=attribute.description or CONFIGURATION["description"],
        label=attribute.label or defaults["label"],
        unit=attribute.unit,
        standard_unit=attribute.standard_unit or CONFIGURATION["standard_unit"],
        display_unit=attribute.display_unit or CONFIGURATION["display_unit"],
        format=attribute.format or defaults["format"],
        min_value=attribute.min_value,
        max_value=attribute.max_value,
        min_alarm=attribute.min_alarm,
        max_alarm=attribute.max_alarm,
        writable_attr_name=attribute.writable_attr_name or defaults["writable_attr_name"],
        disp_level=attribute.disp_level,
        # Tango has these two limits twice: in AttributeInfo, and in the alarms of AttributeInfoEx.
        alarms=_alarms(attribute),
        events=_events(attribute),
        memorized=attribute.memorized,
        root_attr_name=attribute.root_attr_name,
        enum_labels=tuple(attribute.enum_labels),
    )


def _or(text: str | None, default: str) -> str:
    return default if text is None else text


def _alarms(attribute: language.Attribute) -> AttributeAlarmInfo:
    return AttributeAlarmInfo(
        attribute.min_alarm,
        attribute.max_alarm,
        attribute.min_warning,
        attribute.max_warning,
        attribute.delta_t,
        attribute.delta_val,
    )


def _events(attribute: language.Attribute) -> AttributeEventInfo:
    return AttributeEventInfo(
        ChangeEventInfo(attribute.rel_change, attribute.abs_change),
        PeriodicEventInfo(attribute.period),
        ArchiveEventInfo(
            attribute.archive_rel_change, attribute.archive_abs_change, attribute.archive_period
        ),
    )


def command_info(name: str, command: language.Command) -> CommandInfo:
    """Describe the argument and the result of a command."""
    return CommandInfo(
        name,
        command.in_type,
        command.out_type,
        command.in_type_desc,
        command.out_type_desc,
        command.disp_level,
        command.cmd_tag,
    )


def pipe_blob(name: str, elements: list[language.PipeElement]) -> PipeBlob:
    """Make the content of a pipe."""
    return PipeBlob(name, tuple(map(_pipe_element, elements)))


def _pipe_element(element: language.PipeElement) -> PipeElement:
    if element.type is CmdArgType.DevPipeBlob:
        # Tango: a blob within a blob has a name of its own, beside that of its element.
        inner = _or(element.blob, element.name)
        blob = pipe_blob(inner, element.data or [])
        return PipeElement(element.name, element.type, blob)
    value = fit_argument(element.type, element.value)
    return PipeElement(element.name, element.type, value)
