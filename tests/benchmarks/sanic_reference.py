"""The reference of the gateway: sanic with the same read of PyTango, and nothing else.

python sanic_reference.py PORT URL   # answers PyTango's read_attribute of what URL names

For a Python of its own that has sanic, PyTango and orjson; mtango-ref needs no sanic.
"""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

import orjson
import sanic  # type: ignore[import-not-found]  # of another Python
import tango


def main(port: str, url: str) -> None:
    names = url.partition("/devices/")[2].split("/")
    name = names[4]
    proxy = tango.DeviceProxy("/".join(names[:3]))
    app = sanic.Sanic("reference")
    app.config.ACCESS_LOG = False

    async def value(_: sanic.Request) -> sanic.HTTPResponse:
        reading = proxy.read_attribute(name)
        body = {
            "name": reading.name,
            "value": reading.value,
            "quality": str(reading.quality),
            "timestamp": int(reading.time.totime()),
        }
        data = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
        return sanic.response.raw(data, content_type="application/json")

    app.add_route(value, urlsplit(url).path)
    app.run("127.0.0.1", int(port), single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
