"""The small words of the language: texts, limits, names, times, errors."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from mtango_ref.backends.fake import names
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.model import NOT_SPECIFIED, DevError, ErrSeverity


def _as_text(value: Any) -> Any:
    """Tango keeps limits and property lines as text; a number may be written as one."""
    return str(value) if type(value) in (int, float) else value


def _as_lines(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _limit(text: str) -> str:
    try:
        float(text if text != NOT_SPECIFIED else 0)
    except ValueError:
        raise ValueError(f"a number, or {NOT_SPECIFIED}") from None
    return text


def _pattern(text: str) -> WithJsonSchema:
    """For the schema; the messages are those of the checks."""
    return WithJsonSchema({"type": "string", "pattern": f"^{text}$"})


def _change(text: str) -> str:
    """Tango keeps how far down and how far up without a sign."""
    if text == NOT_SPECIFIED:
        return text
    try:
        for each in (parts := text.split(",")):
            float(each)
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 2:
        raise ValueError(f"a number, or two with a comma between them, or {NOT_SPECIFIED}")
    return ",".join(each.strip().lstrip("-") for each in parts)


_E = TypeVar("_E", bound=Enum)
Loose = Annotated[_E, Field(strict=False)]
"""An enumeration, written as its label."""
Text = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int | float)]
Limit = Annotated[Text, AfterValidator(_limit)]
Change = Annotated[Text, AfterValidator(_change)]
Lines = Annotated[list[Text], BeforeValidator(_as_lines, json_schema_input_type=Text | list[Text])]
Properties = dict[str, Lines]
DatabaseName = Annotated[str, AfterValidator(names.database_name), _pattern(names.DEVICE_NAME)]
HostName = Annotated[str, AfterValidator(names.host), _pattern(names.HOST)]
ServerName = Annotated[str, AfterValidator(names.server_name), _pattern(names.SERVER_NAME)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Period = Annotated[int, Field(ge=5, le=86_400_000)]
"""ms"""
Seconds = Annotated[float, Field(ge=0, le=86_400)]


def list_or_not(value: Any) -> str:
    """Which of two ways to write something was chosen. A tag is told in no message."""
    return "|list" if isinstance(value, list) else "|one"


def word_or_not(value: Any) -> str:
    """As list_or_not."""
    return "|word" if isinstance(value, str) else "|mapping"


class Error(Model):
    """One level of an error stack."""

    reason: str
    description: str
    severity: Loose[ErrSeverity] = ErrSeverity.ERR
    origin: str = "the fixture"

    @property
    def error(self) -> DevError:
        """Without those on top of it."""
        return DevError(self.reason, self.description, self.severity, self.origin)


class Raises(Error):
    """The error that a read, or a command, gives instead of a value; outer: what the device
    server put on top of it, innermost first."""

    outer: list[Error] = Field(default_factory=list)

    @property
    def errors(self) -> tuple[DevError, ...]:
        """What the device server says, innermost first."""
        return tuple(each.error for each in (self, *self.outer))
