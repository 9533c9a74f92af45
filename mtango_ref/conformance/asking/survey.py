"""The look around before the cases: what has to be known of a server to ask them."""

from __future__ import annotations

import re
from time import time

import orjson

from mtango_ref.conformance.asking.asker import Asker
from mtango_ref.conformance.asking.transport import Unreachable
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.model import (
    FACILITY,
    Level,
    NoResponse,
    Outcome,
    Place,
    Request,
    Send,
    Server,
)
from mtango_ref.messages import StartError

LATEST = 10_000_000_000
"""s since the epoch at which the year 2286 is nearly over."""


def check_reachable(send: Send) -> None:
    """Raise StartError where nobody listens."""
    try:
        send(Request("GET", ""))
    except Unreachable as error:
        raise StartError(str(error)) from error
    except NoResponse:
        pass  # the report will say so


def surveyed(watch: Watch, server: Server, level: Level) -> Server:
    """Return the server with its facility, its time, and what it has of what cases need.

    What a run at the level waives it has, and what a server that ends meanwhile was not asked for.
    """
    server = server._replace(place=found_at(watch.send, server.place))
    waived = loading.waived(level)
    asked = {word: case for word, case in loading.needs().items() if word not in waived}
    results = zip(asked, Asker(watch, server).ask_all([*asked.values()]), strict=False)
    lacking = {word for word, result in results if result.outcome is not Outcome.PASSED}
    return server._replace(has=loading.needs().keys() - lacking)


def found_at(send: Send, place: Place) -> Place:
    """Return the place with what time it is there, and its facility if that is not known.

    It is the first that the server itself names. One that does not say it as rc3 has it is asked
    for FACILITY.
    """
    place = place._replace(ahead=_ahead(send))
    return place if place.facility else place._replace(facility=_facility(send))


def _facility(send: Send) -> str:
    try:
        hosts = orjson.loads(send(Request("GET", "/rc3/hosts")).body)
        [[host, port]] = re.findall(r"/rc3/hosts/([^/]+)/([0-9]+)/?$", next(iter(hosts.values())))
    except (NoResponse, ValueError, AttributeError, TypeError, StopIteration):
        return FACILITY
    return f"{host}/{port}"


def _ahead(send: Send) -> int:
    """Read from the server's figures how many s its clock is ahead of this machine's.

    0 where they have no time, or one of no year below 2287, which is one in another unit.
    """
    try:
        there = orjson.loads(send(Request("GET", "/sys/stats")).body)["time"]
        return round(there - time()) if 0 <= there < LATEST else 0
    except (NoResponse, ValueError, LookupError, TypeError):
        return 0
