"""TANGO_HOST: the addresses of a facility's database, read before PyTango sees them."""

from __future__ import annotations

import re

EXPECTED = (
    "expected host:port of the Tango database, such as tango.example.org:10000,"
    " or several separated by commas"
)

# No IPv6 address: PyTango takes what is before its first colon for the host.
_HOST = re.compile(r"[\w.-]{1,255}:0*(?P<port>[1-9]\d{0,4})", re.ASCII)


def parse_tango_host(text: str) -> tuple[str, ...]:
    """Return each host:port of TANGO_HOST, in order, without blanks.

    cppTango asks the first that answers. Raises ValueError with a sentence.
    """
    addresses = tuple(address.strip() for address in text.split(","))
    for address in addresses:
        found = _HOST.fullmatch(address)
        if found is None or int(found["port"]) > 65535:
            raise ValueError(f"{address!r} is not an address: {EXPECTED}{_hint(address)}.")
    return addresses


def _hint(address: str) -> str:
    """Return the next step for the mistakes that people make."""
    if "://" in address:
        return f" (without {address.partition('://')[0]}://)"
    if address.startswith("[") or address.count(":") > 2:
        return " (a host name or an IPv4 address; PyTango takes no IPv6 address here)"
    return ""
