"""The system API: what the server is set to, what it holds and has done."""

from __future__ import annotations

from collections.abc import Mapping

import falcon

from mtango_ref.figures.metrics import CACHES
from mtango_ref.http.answers import NO_CONTENT, Answer, At
from mtango_ref.http.facilities import Facilities
from mtango_ref.http.figures import Figures
from mtango_ref.http.links import Base
from mtango_ref.http.rc3_json import Json


class System:
    """The responders of the system API: GET on each."""

    def __init__(
        self,
        facilities: Facilities,
        base: Base,
        figures: Figures,
        config: Mapping[str, object],
    ) -> None:
        self._facilities = facilities
        self._base = base
        self._figures = figures
        self._config = config

    def get_entry_point(self, req: falcon.Request, _: At) -> Json:
        """Return the links to what the system API offers."""
        base = self._base.of(req) + "/sys"
        # The name of the seed: its clients look for it, here and in x-mtango.
        return {
            "version": f"mtango-py {self._config['version']}",
            "config": f"{base}/config",
            # mtango-py links active/.., and documents cache/..: both answer the same.
            "active": [f"{base}/active/{cache}" for cache in CACHES],
            "stats": f"{base}/stats",
            "gc": [f"{base}/clean/{cache}" for cache in CACHES],
        }

    def get_config(self, _: falcon.Request, __: At) -> Json:
        """Return every setting in force, and the database that answers."""
        # "every setting in force, with version and TANGO_HOST; secrets never".
        database = self._facilities.own.database
        return {
            **self._config,
            "TANGO_HOST": ",".join(database.tango_hosts),
            "database_host": database.get_answering_host(),
        }

    def get_cached_devices(self, _: falcon.Request, __: At) -> Json:
        """Return the figures of the DeviceProxy cache."""
        return self._figures.totals().caches["devices"]._asdict()

    def get_cached_attributes(self, _: falcon.Request, __: At) -> Json:
        """Return the figures of the AttributeProxy cache."""
        return self._figures.totals().caches["attributes"]._asdict()

    def get_clean_devices(self, _: falcon.Request, __: At) -> Answer:
        """Empty the DeviceProxy cache."""
        # "204, the cache is empty": of all processes, before it answers.
        self._figures.clean("devices")
        return NO_CONTENT

    def get_clean_attributes(self, _: falcon.Request, __: At) -> Answer:
        """Empty the AttributeProxy cache."""
        self._figures.clean("attributes")
        return NO_CONTENT

    def get_stats(self, _: falcon.Request, __: At) -> Json:
        """Return what the server has done and used."""
        # The request that asks is among the requests, and not yet among the responses.
        totals = self._figures.totals()
        return {
            "responses": totals.responses,
            "requests": totals.requests,
            "running_since": self._figures.running_since,
            "time": self._facilities.own.clock(),
            "proxies": {
                "device": totals.caches["devices"].currsize,
                "attribute": totals.caches["attributes"].currsize,
            },
            "resource": totals.usage,
        }
