"""The references that the server is measured against: the least that Falcon and waitress can do.

python references.py same PORT URL      # answers the bytes that URL answers
python references.py written PORT URL   # writes anew with orjson what URL answers
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
"""The server's default number of threads."""


Answer = Callable[[falcon.Response], None]


class Resource:
    """One resource, and the function that answers for it."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def on_get(self, _: falcon.Request, resp: falcon.Response) -> None:
        self._answer(resp)


def same(url: str) -> Answer:
    with urlopen(url) as reply:
        body = reply.read()
        by_waitress = {"date", "content-length", "connection"}
        headers = [each for each in reply.headers.items() if each[0].lower() not in by_waitress]

    def answer(resp: falcon.Response) -> None:
        resp.set_headers(headers)
        resp.data = body

    return answer


def written(url: str) -> Answer:
    with urlopen(url) as reply:
        body = orjson.loads(reply.read())

    def answer(resp: falcon.Response) -> None:
        resp.data = orjson.dumps(body)

    return answer


def direct(url: str) -> Answer:
    import tango

    names = url.partition("/devices/")[2].split("/")
    name = names[4]
    proxy = tango.DeviceProxy("/".join(names[:3]))

    def answer(resp: falcon.Response) -> None:
        reading = proxy.read_attribute(name)
        body = {
            "name": reading.name,
            "value": reading.value,
            "quality": str(reading.quality),
            "timestamp": int(reading.time.totime()),
        }
        resp.data = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)

    return answer


def main(kind: str, port: str, url: str) -> None:
    app: falcon.App[falcon.Request, falcon.Response] = falcon.App()
    answers = {"same": same, "written": written, "direct": direct}
    app.add_route(urlsplit(url).path, Resource(answers[kind](url)))
    logging.getLogger("waitress.queue").setLevel(
        logging.ERROR
    )  # or it logs each request that waits
    waitress.serve(app, host="127.0.0.1", port=int(port), threads=THREADS, connection_limit=1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
