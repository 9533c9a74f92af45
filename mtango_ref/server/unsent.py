"""The output of a connection: what the kernel does not take at once waits as it is.

waitress would copy it, and from 1 MiB on write it to a temporary file, whose disk nobody bounds.
Here it stays in memory, and is counted: see http/room.py.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import ClientDisconnected, HTTPChannel

from mtango_ref.http.room import Room

AT_ONCE = 2**20
"""Bytes, about, that are sent before it is looked at other connections."""
AHEAD = 2**16
"""Bytes that may wait for a client when its next request is answered."""


class Waiting:
    """Bytes that wait for a client, in the place of waitress' OverflowableBuffer."""

    def __init__(self) -> None:
        self._pieces: deque[memoryview] = deque()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, data: bytes | memoryview) -> None:
        """Add bytes, which are not copied."""
        self._pieces.append(memoryview(data))
        self._length += len(data)

    def get(self, _: int) -> memoryview:
        """Return the first bytes, as many as there are together."""
        return self._pieces[0]

    def skip(self, count: int, _: bool = False) -> None:
        """Drop the first so many bytes, of those that `get` gives."""
        first = self._pieces.popleft()
        if count < len(first):
            self._pieces.appendleft(first[count:])
        self._length -= count

    def close(self) -> None:
        """Drop all."""
        self._pieces.clear()
        self._length = 0


class Output(HTTPChannel):
    """The sending half of a connection. The lock `outbuf_lock` is held by who changes anything."""

    def __init__(self, server: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(server, *arguments, **named)
        self.outbufs: list[Any] = [Waiting()]
        # `with` of a condition is written in Python, that of its lock is not.
        self._sending = threading.RLock()
        self.outbuf_lock = threading.Condition(self._sending)
        self._room: Room = server.room

    def write_soon(self, data: Any) -> int:
        """Send what the kernel takes at once, and keep the rest: bytes, or waitress' file."""
        count = len(data)
        if not self.connected:
            raise ClientDisconnected
        if not count:
            return 0
        with self._sending:
            sent = 0
            # RFC 9112, 9.3.2: answers go out in the order of their requests, so behind what waits.
            if type(data) is bytes and not self.total_outbufs_len:
                try:
                    sent = self.send(data, do_close=False)
                except OSError:  # as waitress has it
                    self.will_close = True
            if sent < count:
                self._keep(data, sent)
        return count

    def _keep(self, data: Any, sent: int) -> None:
        if not self.connected:
            raise ClientDisconnected
        # A file is read as it is sent: its bytes wait on the disk.
        if isinstance(data, ReadOnlyFileBasedBuffer):
            self.outbufs += [data, Waiting()]
        else:
            self.outbufs[-1].append(memoryview(data)[sent:])
        waits = len(data) - sent
        self._room.add(waits)
        self.total_outbufs_len += waits
        if waits == len(data):
            self._flush_exception(self._flush_some, do_close=False)

    def _flush_some(self, do_close: bool = True) -> bool:
        """Send what waits, AT_ONCE at most; True if the kernel took something."""
        sent = 0
        while sent < AT_ONCE:
            first = self.outbufs[0]
            if len(first):
                count = self.send(first.get(self.sendbuf_len), do_close=do_close)
                if not count:
                    break
                first.skip(count, True)
                sent += count
            elif len(self.outbufs) > 1:
                self.outbufs.pop(0).close()
            else:
                break
        if sent:
            self._room.add(-sent)
            self.total_outbufs_len -= sent
            self.last_activity = time.time()
        return sent > 0

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Wait for nobody: what a slow reader has to read is bounded by `has_room`."""

    def has_room(self) -> bool:
        """Return True if the next of several requests may be answered."""
        return bool(self.total_outbufs_len <= AHEAD)

    def handle_close(self) -> None:
        """Drop what waits, and close the connection."""
        with self._sending:
            self._room.add(-self.total_outbufs_len)
            super().handle_close()
