"""The options that are settings."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mtango_ref.logs.line_writer import FORMAT
from mtango_ref.settings.model import Settings, expected, option

_CommandT = TypeVar("_CommandT", bound=Callable[..., Any])

OPTIONS = {
    "backend": "fake|tango",
    "fixture": "FILE-or-NAME",
    "watch": None,
    "host": "ADDRESS",
    "port": "PORT",
    "socket": "PATH",
    "socket_mode": "MODE",
    "pid_file": "FILE",
    "app_base": "PATH",
    "rc3_mode": "strict|implementation",
    "cache_size": "N",
    "value_ttl": "SECONDS",
    "threads": "N",
    "debug": None,
    "access_log": "off|console|json",
    "seed": "N",
    "start_time": "INSTANT",
    "clock": "running|stopped",
    "tango_timeout": "SECONDS",
    "public_url": "URL",
    "trusted_proxy": "IP|unix",
    "metrics": None,
    "cors_origins": "ORIGINS",
    "compress_above": "BYTES",
    "extensions": "NAMES",
    "writable": "DEVICES",
    "audit_log": "off|console|json",
    "workers": "N",
    "drain_timeout": "SECONDS",
    "max_header": "BYTES",
    "max_url": "BYTES",
    "max_query_keys": "N",
    "max_body": "BYTES",
    "max_attributes": "N",
    "max_response": "BYTES",
    "max_unsent": "BYTES",
    "max_connections": "N",
    "max_waiting": "N",
    "request_timeout": "SECONDS",
    "receive_timeout": "SECONDS",
    "idle_timeout": "SECONDS",
}
"""The settings in the order of --help, and what to call their values."""


def setting_options(*shown: str) -> Callable[[_CommandT], _CommandT]:
    """Add --config, and an option for every setting; --help shows these only."""

    def with_options(command: _CommandT) -> _CommandT:
        for name in reversed(OPTIONS):
            command = _setting_option(name, hidden=name not in shown)(command)
        return click.option(
            "--config",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="YAML file of settings, such as 'port: 8001'; MTANGO_CONFIG can name it, too.",
        )(command)

    return with_options


def _setting_option(name: str, *, hidden: bool) -> Callable[[_CommandT], _CommandT]:
    field = Settings.model_fields[name]
    text = field.description
    if field.annotation is bool:
        switch = option(name) if not field.default else f"{option(name)}/{option('no_' + name)}"
        return click.option(switch, is_flag=True, default=None, hidden=hidden, help=text)
    default = "" if field.default in (None, ()) else f"; default {field.default}"
    text = f"{text}  [{expected(name)}{default}]"
    return click.option(option(name), metavar=OPTIONS[name], hidden=hidden, help=text)


def load(config: Path | None, given: dict[str, object]) -> Settings:
    """Return the settings in force, and log as they want it. Raises SettingsError."""
    from mtango_ref.settings.sources import load_settings

    cli = {name: value for name, value in given.items() if value is not None}
    logging.basicConfig(format=FORMAT)
    logging.getLogger().setLevel(logging.DEBUG if "debug" in cli else logging.WARNING)
    settings = load_settings(cli, config, os.environ)
    if settings.debug:
        logging.getLogger().setLevel(logging.DEBUG)
    return settings
