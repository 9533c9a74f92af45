"""The HTTP server on waitress: a loop, its connections, what comes in and what goes out."""

from mtango_ref.server.http_server import Server, refusals

__all__ = ["Server", "refusals"]
