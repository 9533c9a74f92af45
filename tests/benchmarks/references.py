"""What the server is measured against: the least that Falcon and waitress can do.

python references.py same PORT URL      # answers the bytes that URL answers
python references.py direct PORT NAME   # answers PyTango's read_attribute of NAME
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.request import urlopen

import falcon
import orjson
import waitress

THREADS = 16
"""As many as the server has when nobody says otherwise."""


class Resource:
    """One resource, one function of no arguments for its bytes."""

    def __init__(self, answer: Callable[[], bytes]) -> None:
        self._answer = answer

    def on_get(self, _: falcon.Request, resp: falcon.Response) -> None:
        resp.data = self._answer()


def same(url: str) -> Callable[[], bytes]:
    with urlopen(url) as answer:
        body: bytes = answer.read()
    return lambda: body


def direct(url: str) -> Callable[[], bytes]:
    import tango

    names = url.partition("/devices/")[2].split("/")
    name = names[4]
    proxy = tango.DeviceProxy("/".join(names[:3]))

    def read() -> bytes:
        reading = proxy.read_attribute(name)
        body = {
            "name": reading.name,
            "value": reading.value,
            "quality": str(reading.quality),
            "timestamp": int(reading.time.totime()),
        }
        return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)

    return read


def main(kind: str, port: str, url: str) -> None:
    app: falcon.App[falcon.Request, falcon.Response] = falcon.App()
    app.add_route(urlsplit(url).path, Resource({"same": same, "direct": direct}[kind](url)))
    logging.getLogger("waitress.queue").setLevel(
        logging.ERROR
    )  # or it logs each request that waits
    waitress.serve(app, host="127.0.0.1", port=int(port), threads=THREADS, connection_limit=1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
