"""The files of `mtango-ref deploy`: templates beside this module, and what fills them in."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template
from typing import NamedTuple

from mtango_ref import __version__
from mtango_ref.fixture.loading import is_packaged
from mtango_ref.settings.model import Settings, option

_MORE = 5  # s between the server's own end and that of its patience with it
_WORKER_MIB = 100
"""MiB that a worker takes, and again as much for the values that it reads at the moment."""
_MOUNTED = "/fixture.yml"
_IN_CONTAINER = frozenset({"host", "port", "socket", "socket_mode", "pid_file", "fixture"})
"""Settings that a container has otherwise: it listens at 0.0.0.0:8000, and what clients see is
the address that it is published at."""
_PLAIN = re.compile(r"[\w./:,@+-]+", re.ASCII)

_NOTIFIES = """\
Type=notify
ExecReload=/bin/sh -c 'kill -HUP $MAINPID'
WatchdogSec=30"""
_RELOADS = "# systemctl reload reads the settings again and replaces the workers one by one.\n"

Words = list[str]


class Wanted(NamedTuple):
    """The things that a file is filled in with."""

    settings: Settings
    tango_host: str
    """Address of the real facility's database."""
    program: str
    """Path of the command mtango-ref."""


class Kind(NamedTuple):
    """A kind of file."""

    summary: str
    template: Callable[[Settings], str]
    """Returns the name of the template, which may depend on the backend."""
    fields: Callable[[Wanted], Mapping[str, object]] | None
    """Returns what the template's placeholders stand for; None where it has none."""


def fill(kind: str, wanted: Wanted) -> str:
    """Return the file of a kind, a key of KINDS, for the settings wanted."""
    settings = wanted.settings
    _, template, fields = KINDS[kind]
    text = (Path(__file__).parent / template(settings)).read_text("utf-8")
    if fields is None:  # its $ are those of its reader
        return text
    return Template(text).substitute(
        fields(wanted),
        version=__version__,
        stop_s=round(settings.drain_timeout) + _MORE,
        # A request may wait for its turn at a device, and then for the device.
        answer_s=round(2 * settings.tango_timeout) + _MORE,
    )


def _arguments(settings: Settings, but: frozenset[str] = frozenset()) -> Words:
    """Return the options of `serve` for every setting that is not its default."""
    words: Words = []
    # Beside a unix socket, what is said of a port counts even where it is the default.
    kept = {"host", "port"} & settings.model_fields_set if settings.socket else set()
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if (value == field.default and name not in kept) or name in but:
            continue
        words.append(option(name if value is not False else f"no_{name}"))
        if isinstance(value, tuple):
            words.append(",".join(value))
        elif not isinstance(value, bool):
            words.append(str(value))
    return words


def _systemd_word(word: str) -> str:
    """Quote a word for ExecStart= (systemd.service(5), "COMMAND LINES")."""
    word = word.replace("%", "%%").replace("$", "$$")
    if _PLAIN.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _systemd(wanted: Wanted) -> Mapping[str, object]:
    settings = _with_absolute_paths(wanted.settings)
    # The gateway has a parent that talks with systemd; see mtango_ref/processes/master.py.
    is_tango = settings.backend == "tango"
    return {
        "kind": _NOTIFIES if is_tango else "Type=exec",
        "reload_note": _RELOADS if is_tango else "",
        "program": _systemd_word(wanted.program),
        "arguments": " ".join(map(_systemd_word, _arguments(settings))),
        "environment": _systemd_word(f"TANGO_HOST={wanted.tango_host}"),
        "runtime_directory": _runtime_directory(settings),
    }


def _socket(wanted: Wanted) -> Mapping[str, object]:
    settings = _with_absolute_paths(wanted.settings)
    places = []
    if settings.listens_at_port:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        for family, *_, address in found:
            host = f"[{address[0]}]" if family == socket.AF_INET6 else address[0]
            places.append(f"{host}:{settings.port}")
    if settings.socket:
        places.append(settings.socket.replace("%", "%%"))
    return {
        "places": "\n".join(f"ListenStream={place}" for place in places),
        "mode": settings.socket_mode,
    }


def _with_absolute_paths(settings: Settings) -> Settings:
    """Return settings for a service, which starts in another folder."""
    paths = {"socket": settings.socket, "pid_file": settings.pid_file}
    if not is_packaged(settings.fixture):
        paths["fixture"] = settings.fixture
    absolute = {name: str(Path(path).absolute()) for name, path in paths.items() if path}
    return settings.model_copy(update=absolute)


def _runtime_directory(settings: Settings) -> str:
    """Return the line for the folder in /run that the service's user may write to."""
    folders = {Path(path).parent for path in (settings.socket, settings.pid_file) if path}
    names = sorted(each.name for each in folders if each.parent == Path("/run"))
    return f"RuntimeDirectory={' '.join(map(_systemd_word, names))}\n" if names else ""


def _nginx(wanted: Wanted) -> Mapping[str, object]:
    if wanted.settings.socket:
        path = json.dumps(f"unix:{Path(wanted.settings.socket).absolute()}", ensure_ascii=False)
        return {"address": path, "peer": "unix"}
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(  # noqa: S104 - only compared
        wanted.settings.host, wanted.settings.host
    )
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return {"address": f"{host}:{wanted.settings.port}", "peer": "127.0.0.1"}


def _haproxy(wanted: Wanted) -> Mapping[str, object]:
    path = wanted.settings.socket
    if path is None:
        return _nginx(wanted)
    # HAProxy, "Quoting and escaping": a quote ends what it began.
    quoted = str(Path(path).absolute()).replace("'", "'\\''")
    return {"address": f"'unix@{quoted}'", "peer": "unix"}


def _compose_text(text: str) -> str:
    """Quote a text for a compose file, where $ begins a variable."""
    return json.dumps(text.replace("$", "$$"))


def _compose(wanted: Wanted) -> Mapping[str, object]:
    settings = wanted.settings
    words = _arguments(settings, _IN_CONTAINER)
    volumes = []
    if not is_packaged(settings.fixture):
        words += [option("fixture"), _MOUNTED]
        volumes = [f"{Path(settings.fixture).absolute()}:{_MOUNTED}:ro"]
    elif settings.fixture != Settings.model_fields["fixture"].default:
        words += [option("fixture"), settings.fixture]
    inside = 80 if settings.backend == "tango" else 8000
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "command": f"[{', '.join(map(_compose_text, words))}]",
        "volumes": f"[{', '.join(map(_compose_text, volumes))}]",
        "published": _compose_text(f"{host}:{settings.port}:{inside}"),
    }


def _kubernetes(wanted: Wanted) -> Mapping[str, object]:
    settings = wanted.settings
    words = _arguments(settings, _IN_CONTAINER)
    mounts, volumes = [], []
    if not is_packaged(settings.fixture):
        words += [option("fixture"), _MOUNTED]
        mounts = [{"name": "fixture", "mountPath": _MOUNTED, "subPath": "fixture.yml"}]
        volumes = [{"name": "fixture", "configMap": {"name": "mtango-ref-fixture"}}]
    elif settings.fixture != Settings.model_fields["fixture"].default:
        words += [option("fixture"), settings.fixture]
    is_tango = settings.backend == "tango"
    env = [{"name": "TANGO_HOST", "value": wanted.tango_host}] if is_tango else []
    return {
        # $(NAME) is replaced in the arguments of a container.
        "command": json.dumps(words).replace("$(", "$$("),
        "env": json.dumps(env),
        "mounts": json.dumps(mounts),
        "volumes": json.dumps(volumes),
        "idle_mib": settings.workers * _WORKER_MIB,
        "most_mib": settings.workers * (2 * _WORKER_MIB + settings.max_unsent // 2**20),
        # The fake has its state in one process.
        "replicas": 3 if is_tango else 1,
    }


def _always(name: str) -> Callable[[Settings], str]:
    return lambda _: name


KINDS: Mapping[str, Kind] = {
    "systemd": Kind("a service of systemd, hardened", _always("systemd.service"), _systemd),
    "systemd-socket": Kind(
        "its socket, which systemd listens at", _always("systemd.socket"), _socket
    ),
    "nginx": Kind("nginx before the server", _always("nginx.conf"), _nginx),
    "haproxy": Kind("HAProxy before the server", _always("haproxy.cfg"), _haproxy),
    "compose": Kind(
        "containers: the fake; with --backend tango three gateways, nginx and a facility",
        lambda settings: "compose.yml" if settings.backend == "fake" else "compose-facility.yml",
        _compose,
    ),
    "kubernetes": Kind("a Deployment and a Service", _always("kubernetes.yml"), _kubernetes),
    "grafana": Kind("a dashboard of the figures, for Grafana", _always("grafana.json"), None),
    "alerts": Kind("rules of alerts, for Prometheus", _always("alerts.yml"), None),
}
"""The kinds of files, by what people call them."""
