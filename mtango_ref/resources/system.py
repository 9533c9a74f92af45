"""The system API: what the server is set to, what it holds and has done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import falcon

from mtango_ref.links import Base
from mtango_ref.middleware import Passage
from mtango_ref.proxies import Served
from mtango_ref.usage import usage
from mtango_ref.values import to_json

_CACHES = ("devices", "attributes")


class System:
    """GET on each."""

    def __init__(
        self,
        served: Served,
        base: Base,
        passage: Passage,
        config: Mapping[str, object],
        clock: Callable[[], float],
    ) -> None:
        self._served = served
        self._base = base
        self._passage = passage
        self._config = config
        self._clock = clock

    def on_get_entry_point(self, req: falcon.Request, resp: falcon.Response) -> None:
        """What the system API offers."""
        base = self._base.of(req) + "/sys"
        body = {
            "version": f"mtango-py {self._config['version']}",
            "config": f"{base}/config",
            "active": [f"{base}/active/{cache}" for cache in _CACHES],
            "stats": f"{base}/stats",
            "gc": [f"{base}/clean/{cache}" for cache in _CACHES],
        }
        resp.data = to_json(body)

    def on_get_config(self, _: falcon.Request, resp: falcon.Response) -> None:
        """Every setting in force, and the database that answers."""
        database = self._served.proxies.database
        body = {
            **self._config,
            "TANGO_HOST": ",".join(database.tango_hosts),
            "database_host": database.get_answering_host(),
        }
        resp.data = to_json(body)

    def on_get_cached_devices(self, _: falcon.Request, resp: falcon.Response) -> None:
        """The figures of the DeviceProxy cache."""
        resp.data = to_json(self._served.proxies.devices.info()._asdict())

    def on_get_cached_attributes(self, _: falcon.Request, resp: falcon.Response) -> None:
        """The figures of the AttributeProxy cache."""
        resp.data = to_json(self._served.proxies.attributes.info()._asdict())

    def on_get_clean_devices(self, _: falcon.Request, resp: falcon.Response) -> None:
        """Empty the DeviceProxy cache."""
        self._served.proxies.devices.clear()
        resp.status = falcon.HTTP_204

    def on_get_clean_attributes(self, _: falcon.Request, resp: falcon.Response) -> None:
        """Empty the AttributeProxy cache."""
        self._served.proxies.attributes.clear()
        resp.status = falcon.HTTP_204

    def on_get_stats(self, _: falcon.Request, resp: falcon.Response) -> None:
        """What the server process has done and used."""
        requests, responses = self._passage.counts()
        proxies = self._served.proxies
        body = {
            "responses": responses,
            "requests": requests,
            "running_since": self._passage.running_since,
            "time": self._clock(),
            "proxies": {
                "device": proxies.devices.info().currsize,
                "attribute": proxies.attributes.info().currsize,
            },
            "resource": usage(),
        }
        resp.data = to_json(body)
