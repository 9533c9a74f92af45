"""HTTP/1.1 connections: waitress, with its own refusals in rc3's shape and tighter bounds.

waitress answers by itself what it cannot make a request of. Here are the sub-classes through
which that gets the Failure object too, and which close the gaps found in it.
"""

from __future__ import annotations

import logging
import math
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from waitress.server import TcpWSGIServer

from mtango_ref.logs.access import AccessLog
from mtango_ref.server.incoming import Parser
from mtango_ref.server.outgoing import Answer
from mtango_ref.server.refused import Overloaded, Refusal, Refuse
from mtango_ref.server.unsent import Output
from mtango_ref.sockets.unix import PEER
from mtango_ref.threads.work import GivenUp, Work

if TYPE_CHECKING:
    from mtango_ref.figures.rows import Row
    from mtango_ref.http.room import Room
    from mtango_ref.server.event_loop import EventLoop

_LOG = logging.getLogger(__name__)

SLOWEST = 1024
"""Bytes a second that a client has to read of answers that wait for it, over the time after
which an idle connection is closed."""
LINGER_TIME = 2.0
"""s for which the rest of a refused request is read."""
TURN = 1.0
"""s after which it is looked at connections that nothing happens to."""
YIELD = 0.005
"""s for which a process leaves a connection to others that have fewer."""
PATIENCE = 0.05
"""s after that in which it takes a connection that the others left."""

App = Callable[[dict[str, Any], Any], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""


class Channel(Output):
    """One connection.

    RFC 9112, 9.6: a close while the client still sends resets the connection, and takes the
    answer away from it. So behind a refusal only the sending half is closed, and what the
    client goes on sending is read and dropped for LINGER_TIME.
    """

    parser_class = Parser
    task_class = Answer
    error_task_class = Refusal
    refused = False
    environ: dict[str, Any] | None = None
    """The connection's part of WSGI's environment, whatever is asked; see known_requests.py."""
    _lingers_until = math.inf
    _sent = 0
    _unread_since: tuple[float, int] | None = None  # (when, what had been sent by then)
    _waits_for_reader = False

    def __init__(self, server: Listener, *arguments: Any, **named: Any) -> None:
        super().__init__(server, *arguments, **named)
        server.loop.watch(self)

    def del_channel(self, map: Any = None) -> None:  # noqa: A002 - waitress' name
        """Leave the map; the descriptor's number may be given to another one at once."""
        self.server.loop.forget(self._fileno)
        self.environ = None  # it has a method of this
        super().del_channel(map)

    def service(self) -> None:
        """Run the first request; it may be that it is not answered yet, but run again."""
        request, shares = self.requests[0], self.server.loop.shares
        if request.work is None:
            request.work = Work(self, request.came + self.adj.limits.request_timeout)
        work = request.work
        shares.begin(work)
        try:
            super().service()
        except GivenUp:
            shares.given_up()
            return
        except BaseException:  # noqa: BLE001 - as waitress, whose threads are to live on
            _LOG.exception("%s %s", request.command, request.path)
            self.will_close = True
        shares.done(work)

    handle_read_event = Output.handle_read
    """Read; there is no connection to take in, and none that was asked for."""

    def writable(self) -> bool:
        """Return True if there is something to do as soon as the client reads."""
        # As waitress has it, and a request that waits. It is asked several times a request.
        is_due = self.total_outbufs_len or self.will_close or self.close_when_flushed
        return bool(is_due or self._waits_for_reader)

    def handle_write(self) -> None:
        """Send what waits."""
        super().handle_write()
        if self._waits_for_reader and self.has_room():
            self._waits_for_reader = False
            self.server.loop.answer(self)

    def handle_close(self) -> None:
        """Close the connection, or only begin to."""
        # A descriptor that is closed may be another connection's before who leads is done with it.
        if not self.server.loop.leads():  # who leads closes it, when it looks after it
            self.will_close = True
        elif self.refused and self._lingers_until == math.inf:
            self._lingers_until = time.monotonic() + LINGER_TIME
            self.will_close = False
            with suppress(OSError):  # the client was faster
                self.socket.shutdown(socket.SHUT_WR)
        else:
            super().handle_close()

    def received(self, data: bytes) -> bool:
        """Take bytes in; whether they were wanted."""
        if self._lingers_until != math.inf:
            return False
        known = self.adj.known.find(data)
        if known is None or self.request is not None:
            return bool(super().received(data))
        with self.requests_lock:
            if self.will_close or self.close_when_flushed:
                return False
            self.requests.append(known.again())
            if len(self.requests) == 1:
                self.server.add_task(self)
        return True

    def unfinished(self) -> int:
        """Count requests that have come, be it in part, and are not answered yet."""
        return len(self.requests) + (self.request is not None)

    def is_idle(self) -> bool:
        """Return True if nothing has come that is not answered, nor waits to be read or sent."""
        return not (self.unfinished() or self.total_outbufs_len or self._has_unread())

    def _has_unread(self) -> bool:
        try:
            # It may have come after the loop last looked.
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except OSError:  # nothing has come, or the client is gone
            return False

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Give the kernel what it takes; the number of bytes."""
        if self.socket is None:  # who leads has closed it meanwhile
            return 0
        count: int = super().send(data, do_close)
        self._sent += count
        return count

    def is_overdue(self) -> bool:
        """Return True if the client takes too long to send, to read its answer, or to leave."""
        now, most = time.monotonic(), self.adj.limits.receive_timeout
        unsent = self.request is not None and now > self.request.begun + most
        return unsent or self._reads_too_slowly(now) or now > self._lingers_until

    def _reads_too_slowly(self, now: float) -> bool:
        """Return True if the client reads less than SLOWEST, a byte now and then.

        What waits for a client holds memory.
        """
        if not self.total_outbufs_len:
            self._unread_since = None
            return False
        since, sent = self._unread_since = self._unread_since or (now, self._sent)
        time_ = self.adj.limits.idle_timeout
        if now <= since + time_:
            return False
        self._unread_since = now, self._sent
        return bool(self._sent - sent < SLOWEST * time_)


class Listener(TcpWSGIServer):
    """One listening socket and its connections."""

    channel_class = Channel
    draining = False
    refuse: Refuse
    access_log: AccessLog | None
    loop: EventLoop
    room: Room
    row: Row
    """The figures of this process, beside those of others that accept at the same socket."""
    _yielded = -math.inf
    """The time until which the next connection was left to others."""

    def add_task(self, channel: Channel) -> None:
        """Let a channel's first request be answered, as soon as its client reads."""
        request = channel.requests[0]
        # RFC 9110, 15.6.4: 503 at once, with Retry-After, where no thread will be free soon.
        if request.error is None and self.loop.waiting() >= self.adj.limits.max_waiting:
            request.error = Overloaded("")
        if isinstance(request.error, Overloaded):
            self.loop.refuse(channel)
        elif channel.has_room():
            self.loop.answer(channel)
        else:
            channel._waits_for_reader = True

    def pull_trigger(self) -> None:
        """Wake nobody: who leads looks after each channel that was worked on."""

    def handle_accept(self) -> None:
        """Take in all connections that wait, a burst's worth."""
        for _ in range(self.adj.backlog):
            before = len(self._map)
            if self._yields():
                return
            super().handle_accept()
            if not before < len(self._map) < self.adj.connection_limit:
                return

    def _yields(self) -> bool:
        """Leave the next connection to a process that has fewer, for a moment.

        The kernel wakes all of them. The fastest one would have most of them, and keep them for as
        long as their clients do.
        """
        if self.draining:
            return False
        count, now = len(self.active_channels), time.monotonic()
        self.row.turn(count)
        is_least = count <= self.row.rows.fewest_connections()
        if is_least or 0 <= now - self._yielded < PATIENCE:
            self._yielded = -math.inf
            return False
        self._yielded = now + YIELD
        self.loop.watch(self)
        return True

    def pause(self) -> float:
        """Return how long (s) the loop may wait before it looks at this socket again."""
        return min(max(self._yielded - time.monotonic(), 0.0) or TURN, TURN)

    def readable(self) -> bool:
        """Return True if a connection may be accepted."""
        return time.monotonic() >= self._yielded and bool(super().readable())

    def set_reuse_addr(self) -> None:
        """Leave the socket, which listens already, as it is: Winsock would share its port."""

    def maintenance(self, now: float) -> None:
        """Close the connections that idle, and those that take too long."""
        super().maintenance(now)
        for channel in self.active_channels.values():
            if channel.will_close:
                self.loop.watch(channel)
            if channel.is_overdue():
                # What polls the socket sees this and closes it. will_close would wait until
                # the client reads.
                with suppress(OSError):  # the client was faster
                    channel.socket.shutdown(socket.SHUT_RDWR)


class UnixListener(Listener):
    """A listening unix socket, whose clients have neither addresses nor ports."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.server_name = "localhost"  # of a request without Host, as HTTP/1.0 allows it

    def getsockname(self) -> tuple[str, int]:
        """Return (host, port) as a URL has them; RFC 3875, 4.1.15: there has to be a port."""
        return PEER, 80

    def set_socket_options(self, conn: socket.socket) -> None:
        """Leave the connection as it is: the options are those of TCP."""

    def fix_addr(self, _: object) -> tuple[str, int]:
        """Return (address, port) of a client."""
        return PEER, 0
