"""What the resources of all facets share."""

from __future__ import annotations

from dataclasses import dataclass

import falcon

from mtango_ref.http.answers import At
from mtango_ref.http.failures import Clock
from mtango_ref.http.links import Base
from mtango_ref.http.proxies import Proxies, Served
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.interface import Attribute, Device


@dataclass(frozen=True)
class Facet:
    """The collaborators of a resource, and the proxies and hrefs that a path names."""

    served: Served
    rc3: Rc3
    base: Base
    clock: Clock

    @property
    def proxies(self) -> Proxies:
        """Of the facility that is served now; the next time it may be another one."""
        return self.served.proxies

    def device(self, at: At) -> Device:
        """Return the proxy of the path's device. DevFailed: DB_DeviceNotDefined."""
        return self.proxies.device(device_name(at))

    def attribute(self, at: At) -> Attribute:
        """Return the proxy of the path's attribute. DevFailed: DB_DeviceNotDefined."""
        return self.proxies.attribute(device_name(at), at["attribute"])

    def facility_href(self, req: falcon.Request, at: At) -> str:
        """Return the href of the facility, spelled as in the request."""
        return self.base.facility(req, at["host"], at["port"])

    def device_href(self, req: falcon.Request, at: At, name: str) -> str:
        """Return the href of the device with that (defined) name."""
        return self.base.device(req, at["host"], at["port"], name)


def device_name(at: At) -> str:
    """Join domain/family/member as the path spells it."""
    return f"{at['domain']}/{at['family']}/{at['member']}"
