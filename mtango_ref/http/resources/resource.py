"""The common part of the resources."""

from __future__ import annotations

from dataclasses import dataclass

import falcon

from mtango_ref.http.answers import At
from mtango_ref.http.facilities import Facilities, Facility
from mtango_ref.http.links import Base
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.interface import Attribute, Device


@dataclass(frozen=True)
class Resource:
    """The collaborators of a resource, and the proxies and hrefs that a path names."""

    facilities: Facilities
    rc3: Rc3
    base: Base

    def facility(self, at: At) -> Facility:
        """Return the path's facility as it is served now; the next time it may be another."""
        # rc3, "GET P": whatever host and port, it is the configured facility while `hosts` is off.
        return self.facilities.find(at["host"], at["port"])

    def device(self, at: At) -> Device:
        """Return the proxy of the path's device. DevFailed: DB_DeviceNotDefined."""
        return self.facility(at).device(device_name(at))

    def attribute(self, at: At) -> Attribute:
        """Return the proxy of the path's attribute. DevFailed: DB_DeviceNotDefined."""
        return self.facility(at).attribute(device_name(at), at["attribute"])

    def facility_href(self, req: falcon.Request, at: At) -> str:
        """Return the href of the facility, spelled as in the request."""
        return self.base.facility(req, at["host"], at["port"])

    def device_href(self, req: falcon.Request, at: At, name: str) -> str:
        """Return the href of the device with that (defined) name."""
        # rc3: "answers use the defined spelling" of a device, and the host and port of the request.
        return self.base.device(req, at["host"], at["port"], name)


def device_name(at: At) -> str:
    """Join domain/family/member as the path spells it."""
    return f"{at['domain']}/{at['family']}/{at['member']}"
