"""The facility that Tango's environment names."""

from __future__ import annotations

import tango

from mtango_ref.interface import BackendError
from mtango_ref.tango_host import parse_tango_host


def tango_hosts() -> tuple[str, ...]:
    """Return each host:port of TANGO_HOST. Raises BackendError if it is not set, or wrong."""
    try:
        # The environment's, or that of ~/.tangorc or /etc/tangorc.
        text = tango.ApiUtil.get_env_var("TANGO_HOST")
    except tango.DevFailed:
        text = ""
    if not text.strip():
        raise BackendError("TANGO_HOST is not set: set it to host:port of the Tango database.")
    try:
        return parse_tango_host(text)
    except ValueError as error:
        raise BackendError(f"TANGO_HOST={text}: {error}") from None
