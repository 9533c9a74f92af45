"""The sockets that the server listens at: TCP, a path, or what systemd passes."""

from mtango_ref.sockets.listening import Listening, listen, listen_by

__all__ = ["Listening", "listen", "listen_by"]
