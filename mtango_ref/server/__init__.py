"""The HTTP server on waitress: a loop, its connections, what comes in and what goes out."""

from mtango_ref.server.http_server import Server
from mtango_ref.server.refused import refusals

__all__ = ["Server", "refusals"]
