"""Properties of devices and of attributes.

"A property or attribute property that is not defined is empty, not an error, as Tango
itself has it": so are those of an unknown device.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import falcon

from mtango_ref.http.answers import NO_CONTENT, Answer, At
from mtango_ref.http.changes import Change
from mtango_ref.http.input.properties import Lines, given_lines, given_properties
from mtango_ref.http.links import segment
from mtango_ref.http.rc3_json import Json
from mtango_ref.http.resources.resource import Resource, device_name
from mtango_ref.names import lower


class Properties(Resource):
    """The responders of properties: GET on each, and what changes them."""

    def get_list(self, _: falcon.Request, at: At) -> list[Json]:
        """List all properties of a device."""
        # The properties of a device that nobody knows: [], as the database answers.
        properties = self._of_device(at)
        return [self.rc3.device_property(*item) for item in properties.items()]

    def get_one(self, _: falcon.Request, at: At) -> Json:
        """Return one property of a device."""
        name, values = _defined(self._of_device(at), at["property"])
        return self.rc3.device_property(name, values)

    def get_attribute_list(self, _: falcon.Request, at: At) -> Any:
        """Return all properties of an attribute."""
        return self.rc3.attribute_properties(self._of_attribute(at))

    def get_attribute_one(self, _: falcon.Request, at: At) -> Json:
        """Return one property of an attribute, in both modes with its values."""
        name, values = _defined(self._of_attribute(at), at["property"])
        # rc3, "GET D/attributes/{a}/properties/{p}": {p: [value, ..]}; not defined: {p: []}.
        return {name: values}

    def put_list(self, req: falcon.Request, at: At) -> Change:
        """Replace all properties of a device."""
        # rc3, "PUT D/properties": "not specified are deleted"; implementation: they stay.
        only, properties = self.rc3.replaces_properties, given_properties(req)
        device = device_name(at)

        def put() -> list[Json]:
            self.facility(at).database.put_device_property(device, properties, only=only)
            return self.get_list(req, at)

        def check() -> None:
            self.facility(at).database.check_device_property(device, properties, only=only)

        return Change(put, check)

    def post_list(self, req: falcon.Request, at: At) -> Change:
        """Add properties to a device."""
        return self._post(req, at, given_properties(req), partial(self.get_list, req, at))

    def put_one(self, req: falcon.Request, at: At) -> Change:
        """Set one property of a device."""
        device, properties = device_name(at), {at["property"]: given_lines(req)}

        def put() -> Json:
            self.facility(at).database.put_device_property(device, properties)
            return self.get_one(req, at)

        def check() -> None:
            self.facility(at).database.check_device_property(device, properties)

        return Change(put, check)

    def post_one(self, req: falcon.Request, at: At) -> Change:
        """Add one property to a device."""
        properties = {at["property"]: given_lines(req)}
        return self._post(req, at, properties, partial(self.get_one, req, at))

    def _post(
        self, req: falcon.Request, at: At, properties: dict[str, Lines], get: Callable[[], Any]
    ) -> Change:
        device = device_name(at)

        def post() -> Answer:
            href = self._href(req, at, [*properties])
            self.facility(at).database.put_device_property(device, properties)
            return self._created(get(), href)

        def check() -> None:
            self._href(req, at, [*properties])
            self.facility(at).database.check_device_property(device, properties)

        return Change(post, check)

    def delete_one(self, _: falcon.Request, at: At) -> Change:
        """Delete one property of a device."""
        device, names = device_name(at), [at["property"]]

        def delete() -> Answer:
            self.facility(at).database.delete_device_property(device, names)
            # rc3, "DELETE D/properties/{p}": "NULL = HTTP 204".
            return NO_CONTENT

        def check() -> None:
            self.facility(at).database.check_device_property(device, {}, names)

        return Change(delete, check)

    def put_attribute_one(self, req: falcon.Request, at: At) -> Change:
        """Set one property of an attribute."""
        of, properties = (device_name(at), at["attribute"]), {at["property"]: given_lines(req)}

        def put() -> Any:
            self.facility(at).database.put_device_attribute_property(*of, properties)
            # Implementation: all properties of the attribute, as GET lists them.
            listed = self.rc3.lists_properties
            return self.get_attribute_list(req, at) if listed else self.get_attribute_one(req, at)

        def check() -> None:
            self.facility(at).database.check_device_attribute_property(*of, properties)

        return Change(put, check)

    def delete_attribute_one(self, _: falcon.Request, at: At) -> Change:
        """Delete one property of an attribute."""
        of, names = (device_name(at), at["attribute"]), [at["property"]]

        def delete() -> Answer:
            # rc3: NULL, as of a device. The original answers 204, too, but writes the others
            # again and deletes nothing.
            self.facility(at).database.delete_device_attribute_property(*of, names)
            return NO_CONTENT

        def check() -> None:
            self.facility(at).database.check_device_attribute_property(*of, {}, names)

        return Change(delete, check)

    def _created(self, representation: Any, href: str) -> Answer:
        # rc3, "POST": 201 with the URI. The Java server answers a POST as a PUT.
        if not self.rc3.creates_properties:
            return Answer(representation)
        return Answer(representation, {"Location": href}, 201)

    def _href(self, req: falcon.Request, at: At, names: list[str]) -> str:
        """Return the address of a property, or that of all where several are named."""
        # Before anything is written: it may fail, and answers use the defined spelling.
        device = self.facility(at).database.get_device_info(device_name(at)).name
        folder = f"{self.device_href(req, at, device)}/properties"
        return f"{folder}/{segment(names[0])}" if len(names) == 1 else folder

    def _of_device(self, at: At) -> dict[str, list[str]]:
        return self.facility(at).database.get_device_property(device_name(at))

    def _of_attribute(self, at: At) -> dict[str, list[str]]:
        database = self.facility(at).database
        return database.get_device_attribute_property(device_name(at), at["attribute"])


def _defined(properties: dict[str, list[str]], name: str) -> tuple[str, list[str]]:
    """Find the property of that name in its defined spelling, or an empty one."""
    # Tango names compare without regard to case; answers use the defined spelling.
    key = lower(name)
    found = ((spelled, values) for spelled, values in properties.items() if lower(spelled) == key)
    return next(found, (name, []))
