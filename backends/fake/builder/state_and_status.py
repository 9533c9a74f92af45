"""State and Status, which Tango computes from the other attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mtango_ref.backends.fake.device.alarms import Guard, guard, quality_line
from mtango_ref.backends.fake.device.state import DeviceState
from mtango_ref.backends.fake.timing.schedule import scheduled
from mtango_ref.backends.fake.timing.sources import Source
from mtango_ref.fixture import language
from mtango_ref.model import DevState

STATE, STATUS = language.BUILT_IN_ATTRIBUTES

AlarmsAt = Callable[[float], list[str]]
"""The alarms at a time (s since the epoch), in the words of Tango's Status; an alarm that Tango
does not put there has an empty line."""


def state_source(
    states: Sequence[language.TimedState], since: float, alarms_at: AlarmsAt
) -> Source:
    """Make the source of State: a device that is ON is in ALARM while an attribute is alarming."""
    state_at = scheduled(states, since)
    # cppTango, DeviceImpl::dev_state: of the states that a device sets only ON becomes ALARM.
    if all(each.state is not DevState.ON for each in states):
        return state_at

    def alarmed_at(time: float) -> DevState:
        state = state_at(time)
        return DevState.ALARM if state is DevState.ON and alarms_at(time) else state

    return alarmed_at


def status_source(status: str | None, state: DeviceState, alarms_at: AlarmsAt) -> Source:
    """Make the source of Status, with the alarms of a device in ALARM.

    Leave out those with which its own status ends, as that of a recorded device does.
    """

    def status_at(time: float) -> str:
        present = state.attributes[STATE].readings(time).value or DevState.UNKNOWN
        # cppTango, DeviceImpl::dev_status: these words where the device sets no status itself.
        lines = [f"The device is in {present.value} state." if status is None else status]
        # cppTango, DeviceImpl::dev_status: in ALARM, whatever set it, the alarms' lines follow.
        if present is DevState.ALARM:
            known = lines[0].splitlines()
            lines += [line for line in alarms_at(time) if line and line not in known]
        return "\n".join(lines)

    return status_at


def alarm_lines(attributes: Mapping[str, language.Attribute], state: DeviceState) -> AlarmsAt:
    """Make the function that lists the alarms of a device at a time."""
    able = {key: _readable(attribute) for key, attribute in attributes.items()}
    state.guarded = guarded(attributes)
    lines = {key: quality_line(key, each) for key, each in able.items()}
    own = [(key, line) for key, line in lines.items() if line is not None]

    def value_at(key: str, time: float) -> Any:
        return state.attributes[key].readings(time).value

    def alarms_at(time: float) -> list[str]:
        values = [
            (value_at(key, time), label, breach_of) for key, label, breach_of in state.guarded
        ]
        return [
            *(
                f"{breach.text} {label}"
                for value, label, breach_of in values
                if value is not None and (breach := breach_of(value)) is not None
            ),
            # cppTango: MultiAttribute::read_alarm, then add_alarmed_quality_factor.
            *(line for key, line in own if value_at(key, time) is not None),
        ]

    return alarms_at


def guarded(attributes: Mapping[str, language.Attribute]) -> list[tuple[str, str, Guard]]:
    """List (name, label, guard) of the attributes with limits."""
    able = {key: _readable(attribute) for key, attribute in attributes.items()}
    return [
        (key, each.label or key, breach_of)
        for key, each in able.items()
        if (breach_of := guard(each)) is not None
    ]


def _readable(attribute: language.Attribute) -> language.Attribute:
    """Make the attribute readable, as it is when it is given a value."""
    return attribute.model_copy(update={"raises": None}) if attribute.raises else attribute


def following(present: DevState, states: list[DevState]) -> DevState:
    """Derive the state that follows; only a device that is ON goes into ALARM."""
    # ALARM is what Tango made of ON, unless the fixture has it among the states.
    if present is DevState.ALARM and present not in states:
        present = DevState.ON
    index = states.index(present) + 1 if present in states else 0
    return states[index % len(states)]
