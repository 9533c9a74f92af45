"""The HTTP server: waitress, with sockets, connections and an end of its own."""

from mtango_ref.server.crew import take_turns
from mtango_ref.server.http_server import Server, refusals
from mtango_ref.server.listening import Listening, listen, listen_by
from mtango_ref.server.memory import give_back_memory
from mtango_ref.server.shares import Shares

__all__ = [
    "Listening",
    "Server",
    "Shares",
    "give_back_memory",
    "listen",
    "listen_by",
    "refusals",
    "take_turns",
]
