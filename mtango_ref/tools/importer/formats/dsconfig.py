"""dsconfig's JSON, a dump of a Tango database -> devices, and properties of classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mtango_ref.fixture.language import AttributeOverride
from mtango_ref.messages import listed, shown
from mtango_ref.names import lower
from mtango_ref.tools.importer.description import Authority, Description, Words, filled
from mtango_ref.tools.importer.files import Source
from mtango_ref.tools.importer.simlib_metadata import number

_EVENT_PERIOD = "event_period"
_CONFIGURATION = {
    **{
        key: key
        for key in AttributeOverride.model_fields
        if key not in ("value", "quality", "raises", "simulation", "polling_period", "properties")
    },
    _EVENT_PERIOD: "period",
}
"""An attribute's property in the database -> the word for what it makes of the attribute."""
del _CONFIGURATION["period"]

_POLLED = {"polled_attr": "attributes", "polled_cmd": "commands"}


def describe(source: Source) -> Description:
    """Read the devices and classes of a file, but for what is not built as dsconfig's."""
    reader = _Reader(source.name)
    reader.read(source.content)
    return reader.description


class _Reader:
    def __init__(self, file: str) -> None:
        self.description = Description(file, Authority.DATABASE)
        self._aliases: list[str] = []
        self._seen: set[str] = set()

    def read(self, data: Words) -> None:
        host, _, port = str(data.get("tango_host", "")).rpartition(":")
        if host and type(number(port)) is int:
            self.description.facility = {"host": host, "port": number(port)}
        for name, words in self._items(data.get("classes", {}), ("classes",)):
            self.description.classes[name] = self._object(words, ("classes", name))
        for path, words in self._devices(data.get("servers", {})):
            self._device(path, words)
        if self._aliases:
            what = f"aliases of {listed(self._aliases)}; a fixture has no aliases"
            self.description.lose("servers", what)
        for key in data:
            if key not in ("servers", "classes", "tango_host") and not key.startswith("_"):
                self.description.lose(key, "expected only servers and classes")

    def _devices(self, servers: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Yield (servers, executable/instance, class, device) and what is said of it."""
        for server, instances in self._items(servers, ("servers",)):
            # Version 1 of the format has executable/instance as one.
            whole = "/" in server
            inner = [("", instances)] if whole else self._items(instances, ("servers", server))
            for instance, classes in inner:
                name = server if whole else f"{server}/{instance}"
                for class_name, devices in self._items(classes, ("servers", name)):
                    path = ("servers", name, class_name)
                    for device, words in self._items(devices, path):
                        yield (*path, device), words

    def _device(self, path: tuple[str, ...], words: Any) -> None:
        _, server, class_name, name = path
        if lower(name) in self._seen:
            self.description.lose(".".join(path), "duplicate device; expected it once")
            return
        self._seen.add(lower(name))
        made = self._object(words, path)
        if isinstance(words, dict) and "alias" in words:
            self._aliases.append(name)
        self._poll(made, path)
        self.description.devices[name] = {"class": class_name, "server": server, **made}

    def _object(self, words: Any, path: tuple[str, ...]) -> Words:
        """Read a device or a class: its properties, and those of its attributes."""
        words = dict(self._items(words, path))
        for key in words:
            if key not in ("properties", "attribute_properties", "alias"):
                what = "expected only properties, attribute_properties and alias"
                self.description.lose(".".join((*path, key)), what)
        attributes = self._items(
            words.get("attribute_properties", {}), (*path, "attribute_properties")
        )
        return filled(
            {
                "properties": self._properties(words.get("properties", {}), (*path, "properties")),
                "attributes": {
                    name: self._attribute(each, (*path, "attribute_properties", name))
                    for name, each in attributes
                },
            }
        )

    def _attribute(self, data: Any, path: tuple[str, ...]) -> Words:
        """Read the configuration from the properties, among which the database keeps it."""
        properties = self._properties(data, path)
        configuration = {
            word: properties[key][0]
            for key, word in _CONFIGURATION.items()
            if len(properties.get(key, ())) == 1
        }
        return {**configuration, **filled({"properties": properties})}

    def _properties(self, data: Any, path: tuple[str, ...]) -> dict[str, list[str]]:
        found = {
            name: self.description.property_lines(value, ".".join((*path, name)))
            for name, value in self._items(data, path)
        }
        return {name: lines for name, lines in found.items() if lines}

    def _poll(self, device: Words, path: tuple[str, ...]) -> None:
        """Read from the device's properties what is polled: name, period in ms, name, period .."""
        properties = {lower(name): lines for name, lines in device.get("properties", {}).items()}
        for name, part in _POLLED.items():
            lines = properties.get(name, [])
            pieces = device.setdefault(part, {}) if lines else {}
            spelling = {lower(each): each for each in pieces}
            for polled, period in zip(lines[::2], lines[1::2], strict=False):
                # Tango's database has 0 for what is not polled.
                if type(number(period)) is int and number(period) > 0:
                    spelled = spelling.setdefault(lower(polled), polled)
                    pieces.setdefault(spelled, {})["polling_period"] = number(period)
            if len(lines) % 2:
                place = ".".join((*path, "properties", name))
                self.description.lose(place, f"{lines[-1]!r} has no period; expected name, period")

    def _items(self, data: Any, path: tuple[str, ...]) -> list[tuple[str, Any]]:
        if not isinstance(data, dict):
            what = f"{shown(data)}; expected an object, as dsconfig writes it"
            self.description.lose(".".join(path), what)
            return []
        if "" in data:
            self.description.lose(".".join(path), "an empty name; expected one")
        return [(key, each) for key, each in data.items() if key]
