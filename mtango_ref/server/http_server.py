"""Serving: answers at sockets that listen, and leaves without losing a request."""

from __future__ import annotations

import logging
import math
import selectors
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments

from mtango_ref.http.room import Room
from mtango_ref.http.usage import open_files
from mtango_ref.logs.access import access_log
from mtango_ref.server.connections import TURN, YIELD, App, Listener, UnixListener
from mtango_ref.server.event_loop import EventLoop
from mtango_ref.server.known_requests import KnownRequests
from mtango_ref.server.proxy_headers import behind_proxy
from mtango_ref.server.refused import Refuse
from mtango_ref.settings.model import Settings
from mtango_ref.sockets.listening import Listening
from mtango_ref.sockets.tcp import reachable
from mtango_ref.sockets.unix import FAMILY
from mtango_ref.threads.shares import Shares

_LOG = logging.getLogger(__name__)

_DRAIN_TURN = 0.05  # the same, of a stopping server
_LAST = 0.25  # s before its end in which it answers those that have waited in vain
_GRACE = 1.0  # s without a byte after which a stopping server closes an idle connection
_OTHER_FILES = 100  # file descriptors left for all that is not a connection
_CLEANUP_INTERVAL = 5  # s after which it is looked for clients that take too long


class Server:
    """Answers by an app at the sockets of a Listening, from `run` until `stop`."""

    def __init__(
        self,
        app: App,
        listening: Listening,
        settings: Settings,
        refuse: Refuse,
        shares: Shares | None = None,
        finish: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Begin to listen.

        shares: makes the calls of the app's backend, if that wants it. finish: ends what the app
        does beside answering, in at most so many s; called at the end.
        """
        self._finish = finish
        self._map: dict[int, Any] = {}
        shares = shares or Shares(settings.tango_timeout, settings.max_waiting)
        self._loop = EventLoop(self._map, self._each_turn, shares)
        self._threads = settings.threads
        self.url = listening.url
        adjustments = _adjustments(settings)
        if settings.trusted_proxy is not None:  # else nobody reads X-Forwarded-*
            app = behind_proxy(app, settings.trusted_proxy, refuse)
        self._row = shares.row
        self._listeners = [self._listener(sock, app, adjustments) for sock in listening.sockets]
        self._access_log = access_log(settings.access_log)
        self.room = Room(settings.max_unsent, self._row)
        for listener in self._listeners:
            listener.room = self.room
            listener.refuse = refuse
            listener.access_log = self._access_log
            listener.loop = self._loop
            listener.row = self._row
        self._sockets, self._due = 0, -math.inf
        """The number of sockets at the last look at the listeners, and when the next one is due, if
        there are as many still."""
        self._drain_timeout = settings.drain_timeout
        self.stopping = False
        self._drains_until: float | None = None

    def _listener(self, sock: socket.socket, app: App, adjustments: Any) -> Listener:
        kind = UnixListener if sock.family == FAMILY else Listener
        sockinfo = (sock.family, sock.type, sock.proto, sock.getsockname())
        return kind(
            app,
            self._map,
            _sock=sock,
            dispatcher=self,  # not asked: a Listener gives its tasks to the loop
            adj=adjustments,
            sockinfo=sockinfo,
            bind_socket=False,
        )

    def run(self) -> None:
        """Serve until `stop`; then `drain_timeout` at most, for what is in flight."""
        self._loop.run(self._threads)
        left = (self._drains_until or 0.0) - time.monotonic()
        self._finish(max(left, 0.0))
        if self._access_log is not None:
            self._access_log.close()

    def stop(self) -> None:
        """Let `run` finish what is in flight and return. For signal handlers and threads."""
        if self.stopping:  # A signal while another is handled must not wait for its own thread.
            return
        self.stopping = True
        self._loop.wake()

    def _each_turn(self) -> float | None:
        """Do what is due for who leads; how long (s) it may wait then, None at the end."""
        now = time.monotonic()
        if not self.stopping:
            # With one client, each request has a turn of its own.
            if now < self._due and len(self._map) == self._sockets:
                return self._due - now
            return self._look_at_listeners(now)
        if self._drains_until is None:
            self._drains_until = now + self._drain_timeout
            self._row.accept_no_more()
            for listener in self._listeners:
                listener.draining = True
                _accept_waiting(listener)
                self._loop.forget(listener._fileno)
                wasyncore.dispatcher.close(listener)
        self._close_idle()
        if now >= self._drains_until - _LAST:
            # Silence could mean that something was changed. RFC 9110, 15.6.4: 503 does not.
            self._loop.shares.end_waiting()
        if self._channels() and now < self._drains_until:
            return _DRAIN_TURN
        self._count_unfinished()
        return None

    def _look_at_listeners(self, now: float) -> float:
        """Note how many connections there are, and whether one more may be taken."""
        self._row.turn(sum(len(each.active_channels) for each in self._listeners))
        for listener in self._listeners:
            self._loop.watch(listener)
        pause = min((listener.pause() for listener in self._listeners), default=TURN)
        self._sockets, self._due = len(self._map), now + min(pause, YIELD)
        return pause

    def _count_unfinished(self) -> None:
        unfinished = sum(channel.unfinished() for channel in self._channels())
        if unfinished:
            _LOG.warning("%d requests did not finish in %g s", unfinished, self._drain_timeout)

    def _channels(self) -> list[Any]:
        return [
            channel for listener in self._listeners for channel in listener.active_channels.values()
        ]

    def _close_idle(self) -> None:
        for channel in self._channels():
            idle = channel.last_activity < time.time() - _GRACE
            if idle and channel.is_idle():
                channel.will_close = True
                self._loop.watch(channel)


def _accept_waiting(listener: Listener) -> None:
    """Take in the connections that the kernel has accepted; closing would reset them."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(listener.socket, selectors.EVENT_READ)
        for _ in range(listener.adj.backlog):
            if not waiting.select(0):
                return
            listener.handle_accept()


def _adjustments(settings: Settings) -> Any:
    adjustments = Adjustments(
        listen="",  # each Listener has its socket already
        threads=settings.threads,
        connection_limit=max(10, min(settings.max_connections, open_files() - _OTHER_FILES)),
        cleanup_interval=_CLEANUP_INTERVAL,
        # waitress refuses what has as many bytes.
        max_request_header_size=settings.max_header + 1,
        max_request_body_size=settings.max_body + 1,
        # In memory, however long: a temporary file needs a folder that is neither full nor
        # read-only, and whose disk keeps up.
        inbuf_overflow=sys.maxsize,
        outbuf_overflow=sys.maxsize,
        ident=None,
        server_name=reachable(settings.host),
        clear_untrusted_proxy_headers=False,  # behind_proxy does
        log_socket_errors=False,
    )
    adjustments.channel_timeout = settings.idle_timeout  # not in whole s only
    adjustments.limits = settings  # for our own sub-classes, which see the adjustments
    adjustments.known = KnownRequests()
    return adjustments
