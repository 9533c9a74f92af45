"""The HTTP server: waitress, with sockets, connections and an end of its own."""

from mtango_ref.server.http_server import Server, refusals
from mtango_ref.server.memory import give_back_memory
from mtango_ref.server.shares import Shares
from mtango_ref.server.sockets import Listening, listen

__all__ = ["Listening", "Server", "Shares", "give_back_memory", "listen", "refusals"]
