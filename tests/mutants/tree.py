"""Breaks of the tree: entry points, hosts, database, devices, device, state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import falcon

from mtango_ref.backends.fake.database import FakeDatabase
from mtango_ref.backends.fake.unexported import UnexportedDevice
from mtango_ref.http import parsing
from mtango_ref.http.links import Base
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.http.resources.facet import Facet, device_name
from mtango_ref.model import DevFailed, DevState
from mtango_ref.names import no_device_info, no_such_device
from mutants.breaks import (
    Break,
    Mutant,
    after,
    around,
    instead,
    lost,
    put,
    reason_as,
    refusing,
    renamed,
)


def _shouted(name: str) -> bool:
    return name == name.upper()


def _unknown_device(self: Any, at: dict[str, Any]) -> DevFailed | None:
    name = device_name(at)
    return no_such_device(self.facility(at).database.name, name) if _shouted(name) else None


def _unknown_to_database(self: Any, name: str) -> DevFailed | None:
    return no_device_info(self.name, name) if _shouted(name) else None


def _link(key: str, wrong: Any) -> Any:
    return lambda links: links | {key: wrong(links[key])}


def _last_wildcard(req: falcon.Request) -> str:
    return (req.get_param_as_list("wildcard") or ["*"])[-1] or "*"


def _lives_on(patch: Any) -> None:
    patch.setattr(UnexportedDevice, "state", lambda self: DevState.UNKNOWN)
    patch.setattr(UnexportedDevice, "status", lambda self: "The device is in UNKNOWN state.")


_BREAKS: dict[str, Break] = {
    # entry points and hosts
    "the entry point has no sys": lost(Rc3, "entry_point", "sys"),
    "the entry point has one key too many": put(Rc3, "entry_point", rc4="http://here/rc4"),
    "the link to the hosts is wrong": put(Rc3, "rc3", hosts=lambda href: href[:-1]),
    "x-auth-method is missing": lost(Rc3, "rc3", "x-auth-method"),
    "x-auth-method says basic": put(Rc3, "rc3", **{"x-auth-method": "basic"}),
    "the hosts are named without port": after(
        Rc3, "hosts", lambda body: {key.split(":")[0]: href for key, href in body.items()}
    ),
    "the hosts are a list": after(Rc3, "hosts", lambda body: list(body.values())),
    "hrefs are relative": instead(Base, "root", lambda self, req: ""),
    "hrefs have a slash at the end": after(Base, "device", lambda href: href + "/"),
    "hrefs ignore the Host header": instead(Base, "root", lambda self, req: "http://localhost"),
    "hrefs are https": after(Base, "root", lambda root: root.replace("http:", "https:")),
    "hrefs name the true host, not the one asked": instead(
        Base,
        "facility",
        lambda self, req, host, port: f"{self.of(req)}/rc3/hosts/127.0.0.1/10000",
    ),
    # database
    "the port of the database is text": put(Rc3, "facility", port=str),
    "the database's name is its host": put(Rc3, "facility", name="localhost"),
    "the database's info is one text": put(Rc3, "facility", info="\n".join),
    "the database's info is cut": put(Rc3, "facility", info=lambda lines: lines[:5]),
    "the database's info lacks its empty lines": put(
        Rc3, "facility", info=lambda lines: [line for line in lines if line.strip()]
    ),
    # devices
    "the devices are not sorted": after(FakeDatabase, "get_device_names", lambda n: n[::-1]),
    "the devices are names alone": instead(Rc3, "devices", lambda self, names, hrefs: names),
    "one device too few is listed": after(FakeDatabase, "get_device_names", lambda n: n[:-1]),
    "devices that do not run are not listed": after(
        FakeDatabase, "get_device_names", lambda n: [name for name in n if "access" not in name]
    ),
    "href of a device is url": after(
        Rc3, "devices", lambda body: [{"name": e["name"], "url": e["href"]} for e in body]
    ),
    "the wildcard is ignored": instead(parsing, "wildcard", lambda req: "*"),
    "the wildcard heeds case": around(
        FakeDatabase,
        "get_device_names",
        lambda original, self, text: original(self, text) if text == text.lower() else [],
    ),
    "the wildcard is a prefix": around(
        FakeDatabase,
        "get_device_names",
        lambda original, self, text: original(self, text.split("*")[0] + "*"),
    ),
    "of several wildcards the last is taken": instead(parsing, "wildcard", _last_wildcard),
    # device
    "exported is text": put(Rc3, "device", info=_link("exported", str)),
    "is_taco is missing": put(
        Rc3, "device", info=lambda info: {k: v for k, v in info.items() if k != "is_taco"}
    ),
    "is_taco is true": put(Rc3, "device", info=_link("is_taco", lambda _: True)),
    "pid is text": put(Rc3, "device", info=_link("pid", str)),
    "classname is class": put(
        Rc3,
        "device",
        info=lambda info: {"class" if k == "classname" else k: v for k, v in info.items()},
    ),
    "the server is told without its instance": put(
        Rc3, "device", info=_link("server", lambda server: server.split("/")[0])
    ),
    "a device is named as asked": around(
        FakeDatabase,
        "get_device_info",
        lambda original, self, name: replace(original(self, name), name=name),
    ),
    "a device that does not run is not known": refusing(
        FakeDatabase,
        "get_device_info",
        lambda self, name: (
            no_device_info(self.name, name) if "access" in name and "/1" in name else None
        ),
    ),
    "a device has no link to its pipes": lost(Rc3, "device", "pipes"),
    "the link to a device's commands is wrong": put(
        Rc3, "device", commands=lambda href: href.replace("commands", "command")
    ),
    "the parent of a device is the facility": put(
        Rc3, "device", _links=_link("_parent", lambda href: href.removesuffix("/devices"))
    ),
    "a device has no _links": lost(Rc3, "device", "_links"),
    "the database heeds the case of a device's name": refusing(
        FakeDatabase, "get_device_info", _unknown_to_database
    ),
    "proxies heed the case of a device's name": refusing(Facet, "device", _unknown_device),
    "an unknown device is 404": reason_as("404 Not Found", "DB_DeviceNotDefined"),
    # state
    "the state is a number": put(Rc3, "state", state=lambda state: list(DevState).index(state)),
    "the state is in lower case": put(Rc3, "state", state=lambda state: state.lower()),
    "the status is missing": lost(Rc3, "state", "status"),
    "the status is empty": put(Rc3, "state", status=""),
    "_status links to State": put(
        Rc3, "state", _links=lambda links: links | {"_status": links["_state"]}
    ),
    "the _links of a state are links": renamed(Rc3, "state", "_links", "links"),
    "a device that does not run has the state UNKNOWN": _lives_on,
}

MUTANTS = [Mutant(name, "tree", break_) for name, break_ in _BREAKS.items()]
