"""Commands of a class, what they do, and what a device has otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from mtango_ref.backends.fake import mistakes
from mtango_ref.backends.fake.language.attributes import Attribute
from mtango_ref.backends.fake.language.terms import (
    Count,
    Loose,
    Period,
    Raises,
    Seconds,
    list_or_not,
    word_or_not,
)
from mtango_ref.backends.fake.quantities import Model, misfit
from mtango_ref.backends.fake.values import fit_argument
from mtango_ref.json_values import WrongValue
from mtango_ref.model import CmdArgType, DevState, DispLevel
from mtango_ref.names import lower

States = Annotated[
    Annotated[Loose[DevState], Tag("|one")]
    | Annotated[list[Loose[DevState]], Tag("|list"), Field(min_length=1)],
    Discriminator(list_or_not),
]


class Effects(Model):
    """What a command does besides giving its value, after it took its time (s)."""

    takes: Seconds = 0
    raises: Raises | None = None
    """Then nothing else happens."""
    set_state: States | None = None
    """Of several states, the one that follows the present one; else the first."""
    set_status: str | None = None
    set_attributes: dict[str, Any] = Field(default_factory=dict)

    @property
    def states(self) -> list[DevState]:
        """Those of set_state; none if it is left out."""
        if self.set_state is None:
            return []
        return self.set_state if isinstance(self.set_state, list) else [self.set_state]

    @property
    def changes(self) -> bool:
        """Whether the device is another one afterwards."""
        return bool(self.states or self.set_status is not None or self.set_attributes)

    def problems(self, attributes: Mapping[str, Attribute]) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) where the device has those attributes,
        by their names in lower case."""
        for name, value in self.set_attributes.items():
            attribute = attributes.get(lower(name))
            if attribute is None:
                hint = mistakes.hint(name, attributes)
                yield f"set_attributes.{name}", f"no attribute of the device; {hint}"
            elif lower(name) in ("state", "status"):
                yield f"set_attributes.{name}", f"expected set_{lower(name)}"
            elif wrong := misfit(attribute.shape, value):
                yield f"set_attributes.{name}", wrong


Behaviour = Annotated[
    Annotated[Literal["echo"], Tag("|word")] | Annotated[Effects, Tag("|mapping")],
    Discriminator(word_or_not),
]


class CommandOverride(Model):
    """What one device may have otherwise than its class, and a class's command too."""

    value: Any = None
    behaviour: Behaviour | None = None
    polling_period: Period | None = None
    in_type_desc: str = "Uninitialised"
    out_type_desc: str = "Uninitialised"


class Command(CommandOverride):
    """A command of a class; `value` is what it gives."""

    in_type: Loose[CmdArgType] = CmdArgType.DevVoid
    out_type: Loose[CmdArgType] = CmdArgType.DevVoid
    disp_level: Loose[DispLevel] = DispLevel.OPERATOR
    cmd_tag: Count = 0

    def overridden(self, override: CommandOverride) -> Command:
        """The command as one device has it; its own, if it defines one."""
        if isinstance(override, Command):
            return override
        changes = {key: getattr(override, key) for key in override.model_fields_set}
        return self.model_copy(update=changes)

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) of all that types alone do not say."""
        if self.polling_period is not None and self.in_type is not CmdArgType.DevVoid:
            yield "polling_period", "beside an in_type; expected a command without argument"
        if self.behaviour == "echo":
            if self.in_type is not self.out_type:
                yield "behaviour", "echo gives what it takes; expected in_type and out_type alike"
            if self.value is not None:
                yield "value", "beside behaviour echo; expected one of them"
        elif self.polling_period is not None and self.behaviour and self.behaviour.changes:
            yield "polling_period", "beside a behaviour that changes the device; expected neither"
        try:
            fit_argument(self.out_type, self.value)
        except WrongValue as error:
            yield "value", str(error)
