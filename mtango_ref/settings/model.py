"""All settings, in one model; sources.py says where they come from."""

from __future__ import annotations

import ipaddress
from typing import Literal

from pydantic import ConfigDict, field_validator

from mtango_ref.messages import StartError
from mtango_ref.openapi import extensions
from mtango_ref.settings.fields import setting, whole
from mtango_ref.settings.limits import Limits
from mtango_ref.settings.texts import (
    as_browsers_write,
    instant,
    is_host,
    is_origin,
    is_path,
    is_url,
)

PREFIX = "MTANGO_"

NOW = "now"
ANY_ORIGIN = "any"


class SettingsError(StartError):
    """Settings that are refused; the text lists every problem, one a line."""

    def __init__(self, problems: list[str]) -> None:
        count = len(problems)
        head = [f"The settings have {count} mistakes:"] if count > 1 else []
        super().__init__("\n".join([*head, *problems]))
        self.problems = problems


class Settings(Limits):
    """The settings in force."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    app_base: str = setting(
        "/tango/rest",
        "a path such as /tango/rest, of letters, digits and . _ ~ -,"
        " not below /swagger, /health or /metrics",
        "Path of the entry point; / is the root.",
    )
    workers: int = setting(
        1,
        "a whole number from 1 to 64",
        "Number of processes that answer; 4 with the backend tango, 1 with the fake, whose state"
        " is in one process.",
        ge=1,
        le=64,
    )
    drain_timeout: float = setting(
        10.0,
        "a number from 0 to 600",
        "Seconds that requests in flight have to finish when the server, or a worker, is stopped.",
        ge=0.0,
        le=600.0,
    )
    debug: bool = setting(
        False,
        "true or false",
        "Log at DEBUG level, and log the traceback of an error at the start.",
    )
    access_log: Literal["off", "console", "json"] = setting(
        "off",
        "off, console or json",
        "A line a request on standard output, in words or as JSON.",
    )
    host: str = setting(
        "127.0.0.1",
        "an address or a host name (an IPv6 address without brackets)",
        "Address to listen on; 0.0.0.0 is every IPv4 address of the machine, :: every IPv6 one.",
    )
    port: int = setting(
        8000,
        "a whole number from 0 to 65535",
        "TCP port to listen on; 0 takes a free one.",
        ge=0,
        le=65535,
    )
    socket: str | None = setting(
        None,
        "a path",
        "Path of a unix socket to listen on; then on host and port only if one of them is given.",
        min_length=1,
        max_length=4096,
    )
    socket_mode: str = setting(
        "660",
        "an octal number such as 660",
        "Permissions of that socket: who may write may connect.",
        pattern="^0?[0-7]{3}$",
    )
    pid_file: str | None = setting(
        None,
        "a path",
        "File with the number of the process to send signals to, while the server runs.",
        min_length=1,
        max_length=4096,
    )
    rc3_mode: Literal["strict", "implementation"] = setting(
        "strict",
        "strict or implementation",
        "Answer as the text of rc3 says, or as the original Java server did.",
    )
    cache_size: int = setting(
        10_000,
        "a whole number from 1 to 100000",
        "Device proxies to keep, and as many attribute proxies.",
        ge=1,
        le=100_000,
    )
    value_ttl: float = setting(
        0.0,
        "a number from 0 to 60",
        "Seconds for which the value of an attribute, once read, is the answer to all who ask for"
        " it; 0 reads it each time.",
        ge=0.0,
        le=60.0,
    )
    backend: Literal["fake", "tango"] = setting(
        "fake",
        "fake or tango",
        "The facility: a simulated one (see fixture), or the real one that TANGO_HOST names.",
    )
    fixture: str = setting(
        "tango_test",
        "the name of a packaged fixture, or the path of a YAML file",
        "The facility that the fake simulates.",
        min_length=1,
        max_length=4096,
    )
    watch: bool = setting(
        False,
        "true or false",
        "Reload the fixture whenever its files change.",
    )
    threads: int = setting(
        16,
        "a whole number from 1 to 256",
        "Number of requests answered at the same time.",
        ge=1,
        le=256,
    )
    tango_timeout: float = setting(
        3.0,
        "a number from 0.1 to 60",
        "Seconds after which a call to Tango counts as failed.",
        ge=0.1,
        le=60.0,
    )
    seed: int = setting(
        0,
        "a whole number from 0 to 4294967295",
        "Seed of the fake's moving values; the same seed gives the same values.",
        ge=0,
        le=2**32 - 1,
    )
    start_time: str = setting(
        "now",
        "now, or an instant with its zone such as 2026-01-01T00:00:00Z, from 1970 to 2100",
        "Time at which the fake starts; with the same seed, it then gives the same values.",
    )
    clock: Literal["running", "stopped"] = setting(
        "running",
        "running or stopped",
        "Clock of the fake; only the command Advance of its SimControl moves a stopped one.",
    )
    extensions: tuple[str, ...] = setting(
        (),
        "a list of names",
        "What to switch on beyond reading: writes, filters, ranges, status; all stands for those.",
    )
    writable: tuple[str, ...] = setting(
        ("*",),
        "a list of device names, with * for any text",
        "Devices that may be changed where writing is on. What runs the facility has to be named:"
        " dserver/*, sys/database/*, sys/access_control/*, tango/admin/*.",
    )
    audit_log: Literal["off", "console", "json"] = setting(
        "off",
        "off, console or json",
        "A line a change on standard output: who asked for what, and the result.",
    )
    public_url: str | None = setting(
        None,
        "a URL such as https://example.org:8443/gateway",
        "Address under which clients see this server, before app_base;"
        " without it, links are built from each request.",
    )
    trusted_proxy: str | None = setting(
        None,
        "an IP address, or unix",
        "Address of the one proxy whose X-Forwarded-* headers are trusted;"
        " unix for what connects to the unix socket.",
    )
    metrics: bool = setting(True, "true or false", "Show figures to Prometheus at /metrics.")
    cors_origins: tuple[str, ...] | None = setting(
        None,
        "any, or a list of origins such as https://example.org:8443",
        "Origins whose pages may use this server in a browser. Without it any, but none"
        " as soon as a real facility can be written to, or has users.",
    )

    compress_above: int = whole(
        8192,
        0,
        1024**3,
        "Compress answers of more bytes than this, for clients that accept gzip; 0 never does.",
    )

    @field_validator("app_base")
    @classmethod
    def _check_app_base(cls, value: str) -> str:
        value = "" if value == "/" else value
        beside = (["swagger"], ["health"], ["metrics"])
        _require(is_path(value) and value.split("/")[1:2] not in beside)
        return value

    @field_validator("host")
    @classmethod
    def _check_host(cls, value: str) -> str:
        _require(is_host(value))
        return value

    @field_validator("fixture", "socket", "pid_file")
    @classmethod
    def _check_path(cls, value: str | None) -> str | None:
        _require(value is None or value.isprintable())
        return value

    @field_validator("start_time")
    @classmethod
    def _check_start_time(cls, value: str) -> str:
        _require(value == NOW or instant(value) is not None)
        return value

    @field_validator("extensions", "cors_origins", "writable", mode="before")
    @classmethod
    def _list_is_as_good_as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("extensions")
    @classmethod
    def _check_extensions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        every = extensions.named(value)
        for name in every:
            if name not in extensions.AVAILABLE:
                raise extensions.ExtensionError(f"the extension {name!r} is not available yet")
        return every

    @field_validator("writable")
    @classmethod
    def _check_writable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _require(all(each.isprintable() and each.strip() == each != "" for each in value))
        return value

    @field_validator("cors_origins")
    @classmethod
    def _check_cors_origins(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for origin in value or ():
            _require(origin == ANY_ORIGIN or is_origin(origin))
        return None if value is None else tuple(as_browsers_write(each) for each in value)

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        value = value.removesuffix("/")
        _require(is_url(value))
        return value

    @field_validator("trusted_proxy")
    @classmethod
    def _check_trusted_proxy(cls, value: str | None) -> str | None:
        return value if value in (None, "unix") else str(ipaddress.ip_address(value))

    @property
    def listens_at_port(self) -> bool:
        """False if only a unix socket is asked for."""
        return self.socket is None or not {"host", "port"}.isdisjoint(self.model_fields_set)


def _require(condition: object) -> None:
    if not condition:
        raise ValueError  # sources.py says what was expected


def option(name: str) -> str:
    """Return the command line's option for a setting."""
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """Return the environment variable for a setting."""
    return PREFIX + name.upper()


def expected(name: str) -> str:
    """Say in words what values a setting takes."""
    extra = Settings.model_fields[name].json_schema_extra
    return str(extra["expected"]) if isinstance(extra, dict) else ""
