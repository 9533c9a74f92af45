"""Properties of devices and of attributes.

"A property or attribute property that is not defined is empty, not an error, as Tango
itself has it": so are those of an unknown device.
"""

from __future__ import annotations

from typing import Any

import falcon

from mtango_ref.http.answers import At
from mtango_ref.http.rc3_json import Json
from mtango_ref.http.resources.resource import Resource, device_name
from mtango_ref.names import lower


class Properties(Resource):
    """The responders of properties: GET on each."""

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
