"""A server that does nothing but answer, for what the server itself costs.

python nothing.py plain PORT URL   # our server, and an app that gives the same bytes each time
python nothing.py falcon PORT URL  # our server, and Falcon that does
python nothing.py sanic PORT URL   # sanic that does; for a Python that has it
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

BODY = b'{"name":"long_scalar","value":42,"quality":"ATTR_VALID","timestamp":0}'
TYPE = "application/json"


def plain(_: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer as a WSGI app."""
    start_response("200 OK", [("content-type", TYPE), ("content-length", str(len(BODY)))])
    return [BODY]


def on_falcon(path: str) -> Any:
    import falcon

    class Resource:
        """One resource."""

        def on_get(self, _: falcon.Request, resp: falcon.Response) -> None:
            resp.data = BODY

    app: falcon.App[falcon.Request, falcon.Response] = falcon.App()
    app.add_route(path, Resource())
    return app


def serve_ours(app: Any, port: int) -> None:
    from mtango_ref.server import Server, refusals
    from mtango_ref.settings.model import Settings
    from mtango_ref.sockets import listen
    from mtango_ref.threads import take_turns

    take_turns()
    settings = Settings(port=port)
    refuse = refusals(settings.rc3_mode, time.time)
    server = Server(app, listen("127.0.0.1", port), settings, refuse)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    server.run()


def serve_sanic(path: str, port: int) -> None:
    import sanic  # type: ignore[import-not-found]  # of another Python

    app = sanic.Sanic("nothing")

    async def answer(_: sanic.Request) -> sanic.HTTPResponse:
        return sanic.response.raw(BODY, content_type=TYPE)

    app.add_route(answer, path)
    app.run("127.0.0.1", port, single_process=True, access_log=False, motd=False)


def main(kind: str, port: str, url: str) -> None:
    path = urlsplit(url).path
    if kind == "sanic":
        serve_sanic(path, int(port))
    else:
        serve_ours(plain if kind == "plain" else on_falcon(path), int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
