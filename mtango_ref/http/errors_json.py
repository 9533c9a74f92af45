"""Tango's errors as rc3's JSON, and the one error that the original Java server has for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mtango_ref.model import DevError, ErrSeverity

OTHER = "*"
"""Stands for each of Tango's reasons that is not named."""
_OF_DATABASE = "DB_DeviceNotDefined"
"""The reason with which the database fails, and not the device."""


def stack(errors: Iterable[DevError], description: str) -> list[dict[str, Any]]:
    """List errors in their order; description: the key of that."""
    return [
        {
            "reason": error.reason,
            description: error.desc,
            "severity": error.severity,
            "origin": error.origin,
        }
        for error in errors
    ]


def single(
    reasons: Mapping[str, str], device: str, database: str, errors: Sequence[DevError]
) -> DevError:
    """Word a stack, innermost first, as one error about the device.

    reasons: those of the words by Tango's. database: the name of its device.
    """
    inner = errors[0]
    # The Java server asks the database for a device first, which is a command of another device.
    who = database if inner.reason == _OF_DATABASE else device
    reason = reasons.get(inner.reason) or reasons[OTHER]
    # ezTangORB, TangoProxyException.getMessage: "%s:%s[%s]". Its origin is a line of Java.
    desc = f"{who}:{inner.reason}[{inner.desc}]"
    return DevError(reason, desc, ErrSeverity.ERR, inner.origin)
