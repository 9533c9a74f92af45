"""The declaration of a setting: its default, what it expects, what it is."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pydantic.config import JsonDict


def setting(default: Any, expected: str, description: str, **limits: Any) -> Any:
    """Declare a setting.

    expected: what values it takes, in words. limits: pydantic's, such as ge and le.
    """
    extra: JsonDict = {"expected": expected}
    return Field(default, description=description, json_schema_extra=extra, **limits)


def whole(default: int, least: int, most: int, description: str) -> Any:
    """Declare a setting that is a whole number within bounds, which it may be too."""
    expected = f"a whole number from {least} to {most}"
    return setting(default, expected, description, ge=least, le=most)


def seconds(default: float, least: float, most: float, description: str) -> Any:
    """Declare a setting that is a time in s within bounds, which it may be too."""
    expected = f"a number from {least:g} to {most:g}"
    return setting(default, expected, f"Seconds {description}", ge=least, le=most)
