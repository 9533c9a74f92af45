"""The options of `mtango-ref conformance`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from mtango_ref.conformance.asking.transport import entry_point
from mtango_ref.conformance.model import LEVELS, MODES, Fuzz, Level, Place, Plan, Server
from mtango_ref.names import has_proxy, is_askable
from mtango_ref.openapi import extensions

_CommandT = TypeVar("_CommandT", bound=Callable[..., Any])


def _user_and_password(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    if text is not None and ":" not in text:
        raise click.BadParameter("expected user:password.")
    return text


def _facility(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    if text is not None and not (re.fullmatch(r"[^/:?#\s]+:[0-9]{1,5}", text) and is_askable(text)):
        raise click.BadParameter("expected host:port, such as tango.lab.org:10000.")
    return text


def _device(_: click.Context, __: click.Parameter, text: str) -> str:
    if not re.fullmatch(r"[^/\0]+/[^/\0]+/[^/\0]+", text) or not has_proxy(text):
        raise click.BadParameter(
            f"expected domain/family/member without quotes, backslashes and #, got {text!r}."
        )
    return text


def _seconds(_: click.Context, __: click.Parameter, text: str) -> float:
    found = re.fullmatch(r"([0-9]{1,6})(s|m|h|)", text)
    if found is None:
        raise click.BadParameter(f"expected a time such as 60s, 10m or 0, got {text!r}.")
    return int(found[1]) * {"m": 60.0, "h": 3600.0}.get(found[2], 1.0)


def _extensions(_: click.Context, __: click.Parameter, text: str) -> tuple[str, ...]:
    try:
        return extensions.listed(text)
    except extensions.ExtensionError as error:
        raise click.BadParameter(f"{error}.") from None


def _report_option(name: str, what: str) -> Callable[..., Any]:
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option(name, metavar="FILE", type=kind, help=f"Write {what}.")


_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.argument("url"),
    click.option(
        "--mode",
        type=click.Choice(MODES),
        default="strict",
        help="rc3 mode that the server answers in.  [default strict]",
    ),
    click.option(
        "--extensions",
        metavar="NAMES",
        default="",
        callback=_extensions,
        help="Extensions that the server has switched on, such as writes,events; all is each that"
        " mtango-ref has.",
    ),
    click.option(
        "--device",
        metavar="NAME",
        default="sys/tg_test/1",
        callback=_device,
        help="The server's TangoTest device.  [default sys/tg_test/1]",
    ),
    click.option(
        "--facility",
        metavar="HOST:PORT",
        callback=_facility,
        help="Tango database to name in paths.  [default the first of /rc3/hosts]",
    ),
    click.option(
        "--auth",
        metavar="USER:PASSWORD",
        callback=_user_and_password,
        help="User and password for HTTP Basic authentication.",
    ),
    click.option(
        "--only", metavar="FACET", help=("Run the cases of this facet only, and do not fuzz.")
    ),
    click.option(
        "--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of the fuzzing.  [default random]"
    ),
    click.option(
        "--time",
        "seconds",
        metavar="TIME",
        default="60s",
        callback=_seconds,
        help="How long to fuzz, such as 60s or 10m; 0 runs the cases only.  [default 60s]",
    ),
    click.option(
        "--writes", is_flag=True, help=("Also send requests that may change something (PUT, ...).")
    ),
    click.option(
        "--level",
        type=click.Choice(LEVELS),
        default=Level.MUST.value,
        callback=lambda _, __, text: Level(text),
        help="Weakest level of rule whose violation fails; others are warnings or notes."
        "  [default must]",
    ),
    _report_option(
        "--print-cases",
        "the cases as JSON, for a runner in another language, and send nothing; - prints them",
    ),
    click.option("--cases", is_flag=True, help="Print each case below the causes."),
    click.option(
        "--baseline",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Do not fail for the failures that it lists.",
    ),
    _report_option("--write-baseline", "the failures of this run, as a baseline"),
    _report_option("--junit", "a JUnit report"),
    _report_option("--html", "a report as one HTML page"),
    _report_option("--json", "a report as JSON"),
    _report_option("--badge", "a badge as JSON, for the endpoint badge of shields.io"),
)


def conformance_options(command: _CommandT) -> _CommandT:
    """Add them all, in their order."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)


def server_of(given: Mapping[str, Any]) -> Server:
    """Return the server that the options name. Raises StartError for what is no URL."""
    facility = (given["facility"] or "").replace(":", "/")
    return Server(Place(entry_point(given["url"]), given["device"], facility), given["auth"])


def plan_of(given: Mapping[str, Any]) -> Plan:
    """Return what the options ask; the seed is any where they name none."""
    seed = secrets.randbelow(2**32) if given["seed"] is None else given["seed"]
    is_fuzzed = given["seconds"] and not given["only"]
    return Plan(
        mode=given["mode"],
        extensions=given["extensions"],
        only=given["only"],
        writes=given["writes"],
        level=given["level"],
        fuzz=Fuzz(seed, given["seconds"]) if is_fuzzed else None,
    )
