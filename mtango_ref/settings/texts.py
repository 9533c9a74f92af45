"""Texts that settings take: paths, hosts, URLs, origins, instants."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime, timezone
from urllib.parse import urlsplit

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)
_HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_YEARS = range(1970, 2101)


def instant(text: str) -> float | None:
    """Return s since the epoch of an RFC 3339 date and time; None where it is wrong."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    to_second, fraction, zone = found.groups()
    # Python 3.10 reads neither Z nor other fractions than of three or six digits.
    written = f"{to_second}.{(fraction or '').ljust(6, '0')}{'+00:00' if zone == 'Z' else zone}"
    try:
        time = datetime.fromisoformat(written).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return time.timestamp() if time.year in _YEARS else None


def is_path(text: str) -> bool:
    """Return True for a path of plain segments, without a slash at its end; the root is empty."""
    # RFC 3986, 5.2.4: clients take . and .. out of a path.
    return bool(_PATH.fullmatch(text)) and not {".", ".."} & set(text.split("/"))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_host(text: str) -> bool:
    """Return True for an address, or a name of a host."""
    # A last label of digits only is an IPv4 address gone wrong (RFC 3696, section 2).
    is_name = _HOST_NAME.fullmatch(text) and not text.rpartition(".")[2].isdigit()
    return bool(is_name) or _is_address(text)


def is_url(text: str) -> bool:
    """Return True for the URL of a server, with a plain path. ValueError if it is malformed."""
    if not text.isascii() or not text.isprintable():
        return False
    parts = urlsplit(text)  # ValueError for brackets that do not match, and for a wrong port
    host = parts.hostname or ""
    netloc = f"[{host}]" if ":" in host else host
    if parts.port is not None:
        netloc += f":{parts.port}"
    path = parts.path
    return (
        parts.scheme in ("http", "https")
        and is_host(host)
        and parts.port != 0
        and bool(_PATH.fullmatch(path))
        and text.lower() == f"{parts.scheme}://{netloc}{path}".lower()
    )


def is_origin(text: str) -> bool:
    """Return True for the URL of a server alone. ValueError if it is malformed."""
    return is_url(text) and not urlsplit(text).path


def as_browsers_write(origin: str) -> str:
    """Return an origin as the header Origin has it."""
    # RFC 6454, 6.2: in lower case, and without the port that the scheme has by itself.
    origin = origin.lower()
    port = {"http": ":80", "https": ":443"}.get(origin.partition(":")[0], "")
    return origin.removesuffix(port)
