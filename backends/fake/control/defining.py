"""Control of what a facility consists of: devices defined, renamed, deleted, servers restarted.

What is defined is checked by what checks a fixture.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, Concatenate, ParamSpec, TypeVar

from mtango_ref.backends.fake.control.controllable import Controllable
from mtango_ref.backends.fake.processes import server_key
from mtango_ref.backends.fake.properties import WrittenProperties
from mtango_ref.fixture import names
from mtango_ref.fixture.checking.facility import Checker
from mtango_ref.fixture.control_class import SIM_CONTROL
from mtango_ref.fixture.csv_columns import CsvFolder
from mtango_ref.fixture.definitions import PARTS, Defined
from mtango_ref.fixture.language import BUILT_IN_ATTRIBUTES, BUILT_IN_COMMANDS, Device
from mtango_ref.fixture.yaml_document import Given
from mtango_ref.messages import shown, suggest
from mtango_ref.model import DevFailed
from mtango_ref.names import lower

MAX_DEVICES = 100_000
"""The most devices of a facility in which one is defined while it runs."""

_BUILT_IN = {lower(name): name for name in (*BUILT_IN_ATTRIBUTES, *BUILT_IN_COMMANDS)}
_P = ParamSpec("_P")
_T = TypeVar("_T", bound="Defining")


class Refused(ValueError):
    """A change that cannot be made; the text says what was expected."""


def one_at_a_time(
    act: Callable[Concatenate[_T, _P], None],
) -> Callable[Concatenate[_T, _P], None]:
    """Let one thread at a time control a facility."""

    @wraps(act)
    def alone(self: _T, /, *arguments: _P.args, **named: _P.kwargs) -> None:
        with self.acting:
            act(self, *arguments, **named)

    return alone


class Defining:
    """Names are domain/family/member, or that and the name of an attribute, command or pipe.

    A server of which a device comes, or becomes one of another kind, is restarted by that.
    """

    def __init__(self, backend: Controllable) -> None:
        self._backend = backend
        self.acting = RLock()

    @one_at_a_time
    def restart(self, name: str) -> None:
        """Stop a device server, or that of a device, and start it again. Raises Refused."""
        pieces = _pieces(name, (2, 3), "executable/instance, or domain/family/member")
        # Tango's operators restart a server by its name; clients know the names of its devices.
        if len(pieces) == 3:
            server = server_key(self._changeable(name))
        else:
            server = lower(name)
            known = {server_key(each) for each in self._backend.definitions.devices.values()}
            if server not in known:
                raise Refused(f"there is no device server {name}; {suggest(name, known)}")
        # The server of the control device would take its own control away.
        self._spare(server)
        self._backend.restart(server)

    @one_at_a_time
    def define(self, name: str, definition: Any) -> None:
        """Define a device, or an attribute, command or pipe of one, as a fixture does. Raises
        Refused."""
        pieces = _pieces(
            name, (3, 4), "domain/family/member, with or without /attribute or /command"
        )
        if len(pieces) == 4:
            defined = self._changeable("/".join(pieces[:3]))
            device = self._checked(
                name, definition, lambda checker: checker.part(defined, pieces[3])
            )
            self._backend.define(self._backend.definitions.with_device(defined.name, device))
            self._written.forget(lower(defined.name), lower(pieces[3]))
            return
        _check_name(name)
        # Defining a device again changes it, which some refuse.
        if self._backend.definitions.devices.get(lower(name)) is not None:
            self._changeable(name)
        elif len(self._backend.definitions.devices) >= MAX_DEVICES:
            raise Refused(f"there are {MAX_DEVICES} devices already, which is the maximum")
        classes = self._backend.definitions.facility.classes
        known = {key: each for key, each in classes.items() if key != SIM_CONTROL}
        device = self._checked(name, definition, lambda checker: checker.device(name, known))
        self._backend.define(self._backend.definitions.with_device(name, device))
        self._written.forget(lower(name))

    @one_at_a_time
    def rename(self, old: str, new: str) -> None:
        """Give a device another name, or another spelling of it. Raises Refused."""
        defined = self._changeable(old)
        _check_name(new)
        taken = self._backend.definitions.devices.get(lower(new))
        # Tango compares names without regard to case: another spelling is the same name.
        if taken is not None and (lower(new) != lower(old) or new == defined.name):
            raise Refused(f"there is a device {taken.name} already; expected another name")
        self._backend.define(self._backend.definitions.renamed(defined.name, new))
        self._written.rename(lower(old), lower(new))
        # Tango memorizes values in properties of the attributes, and these are the device's.
        for key in [each for each in self._backend.memorized if each[0] == lower(old)]:
            self._backend.memorized[lower(new), key[1]] = self._backend.memorized.pop(key)

    @one_at_a_time
    def delete(self, name: str) -> None:
        """Delete a device, or an attribute, command or pipe of one. Raises Refused."""
        pieces = _pieces(
            name, (3, 4), "domain/family/member, with or without /attribute or /command"
        )
        defined = self._changeable("/".join(pieces[:3]))
        definitions = self._backend.definitions
        if len(pieces) == 3:
            self._backend.define(definitions.without_device(defined.name))
            self._written.forget(lower(defined.name))
            return
        part = lower(pieces[3])
        # cppTango: every class inherits State, Status and Init.
        if part in _BUILT_IN:
            raise Refused(f"{name}: every device has {_BUILT_IN[part]}; expected another part")
        known = {
            lower(each): each
            for owner in (defined.of, defined.device)
            for kind in PARTS
            for each in getattr(owner, kind)
        }
        if part not in known:
            hint = suggest(pieces[3], known.values())
            raise Refused(f"{name}: {defined.name} has no such part; {hint}")
        self._backend.define(definitions.without_part(defined, part))
        self._written.forget(lower(defined.name), part)

    def redefined(self) -> list[str]:
        """List the devices that are defined differently from the start, or no more, sorted."""
        first, now = self._backend.first_definitions, self._backend.definitions
        keys = first.devices.keys() | now.devices.keys() if first is not now else ()
        changed = {key for key in keys if first.devices.get(key) != now.devices.get(key)}
        changed |= self._written.devices()
        return sorted((now.devices.get(key) or first.devices[key]).name for key in changed)

    def defined(self, name: str) -> Defined:
        """Find the definition of a device. Raises Refused."""
        try:
            return self._backend.database.find(name)
        except DevFailed:
            known = self._backend.database.get_device_names("*")
            raise Refused(f"there is no device {name}; {suggest(name, known)}") from None

    @property
    def _written(self) -> WrittenProperties:
        return self._backend.database.written

    def _changeable(self, name: str) -> Defined:
        """Find a device that may be redefined or deleted. Raises Refused."""
        defined = self.defined(name)
        definitions = self._backend.definitions
        if defined.name == self._backend.capabilities.control_device:
            raise Refused(f"{name} controls the simulation; expected another device")
        if defined.name == self._backend.database.name:
            raise Refused(f"{name} is the database of the facility; expected another device")
        # dserver/.. and the database are what every facility has, so no fixture defines them.
        if defined.name not in definitions.facility.devices:
            raise Refused(f"{name} comes with its server; expected a device of the fixture")
        return defined

    def _spare(self, server: str) -> None:
        control = self._backend.capabilities.control_device
        if control is not None and server == server_key(self.defined(control)):
            raise Refused(f"{server} controls the simulation; expected another server")

    def _checked(
        self, name: str, definition: Any, check: Callable[[Checker], Device | None]
    ) -> Device:
        checker = Checker(Given(definition), CsvFolder(None))
        device = check(checker)
        if device is None or checker.problems:
            raise Refused("; ".join(problem.text for problem in checker.problems))
        server = server_key(Defined(name, device, self._backend.definitions.classes[device.class_]))
        if self._backend.capabilities.control_device is not None:
            self._spare(server)
        return device


def _pieces(name: Any, lengths: tuple[int, int], expected: str) -> list[str]:
    pieces = name.split("/") if isinstance(name, str) else []
    if len(pieces) not in lengths or not all(pieces):
        raise Refused(f"{shown(name)} is not a valid name; expected {expected}")
    return pieces


def _check_name(name: Any) -> None:
    try:
        names.device_name(name if isinstance(name, str) else "")
    except ValueError as error:
        raise Refused(f"{shown(name)} is not a valid name; expected {error}") from None
