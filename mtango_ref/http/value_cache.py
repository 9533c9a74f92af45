"""The values of attributes that were read a moment ago, as they are answered.

- Who asks for one that is kept gets it; who asks while it is read waits for that reading. So there
  is one call to Tango for all of them.
- Who asks for several gets those that are kept, and the others are read in one call. It is shared
  by those who ask for the same ones in the same order.
- A value is kept from the moment at which its reading began. A failure is kept by nobody: it is
  that of all who waited for it.
- `clear` begins a new generation: what was read, or is being read, is nobody's who asks later.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import NamedTuple

from mtango_ref.calls import Sharing
from mtango_ref.figures.metrics import VALUE_BYTES, VALUE_READS, VALUES_KEPT
from mtango_ref.figures.rows import Row, Rows
from mtango_ref.http.answers import Answer
from mtango_ref.names import lower

MOST_BYTES = 32 * 1024**2
"""Bytes of all values that are kept."""
MOST_OF_ONE = 1024**2
"""Bytes of a value that is kept; a larger one is only shared by those who wait for it."""

_KEPT, _SHARED, _READ = (VALUE_READS.place(source) for source in ("kept", "shared", "read"))

_Key = tuple[object, str]
"""A generation, and the name of an attribute in lower case."""


class Value(NamedTuple):
    """The answer that a reading gave."""

    answer: Answer
    """Its representation is Written."""
    until: float
    """The time at which it becomes too old, by the monotonic clock."""


Made = tuple[Answer, bool]
"""The answer that one of several attributes has, Written, and True if that is a failure."""


class ValueCache:
    """The values of one facility, by the names of attributes, whatever their case."""

    def __init__(self, ttl: float, most: int, sharing: Sharing, row: Row) -> None:
        """Begin with none.

        ttl: s for which a value is kept. most: how many are kept. sharing: lets requests share
        a reading. row: where it is counted.
        """
        self.ttl = ttl
        self._most = most
        self._sharing = sharing
        self._row = row
        self._lock = Lock()
        self._generation = object()
        self._values: OrderedDict[_Key, Value] = OrderedDict()
        """The values in the order in which they came, nearly that in which they grow too old."""
        self._bytes = 0

    def read(self, name: str, make: Callable[[], Answer]) -> Value:
        """Return the value of domain/family/member/attribute, which `make` reads and writes."""
        key = self._generation, lower(name)
        value = self._young(key)
        if value is not None:
            self._row.pending.places.append(_SHARED if self._sharing.has_waited() else _KEPT)
            return value
        source = _SHARED

        def make_and_keep() -> Value:
            nonlocal source
            source = _READ
            until = monotonic() + self.ttl
            made = Value(make(), until)
            self._keep(key, made)
            return made

        value = self._sharing.share(key, make_and_keep)
        self._row.pending.places.append(source)
        return value

    def read_several(
        self, device: str, names: Sequence[str], make: Callable[[list[str]], list[Made]]
    ) -> list[Value]:
        """Return the values of attributes of a device, in order; `make` reads those not kept.

        names: differ, whatever their case.
        """
        generation = self._generation
        keys = [(generation, lower(f"{device}/{name}")) for name in names]
        values = [value for key in keys if (value := self._young(key)) is not None]
        if len(values) == len(keys):
            sources = [_SHARED if self._sharing.has_waited() else _KEPT] * len(keys)
        else:
            sources = [_SHARED] * len(keys)

            def complete() -> list[Value]:
                found, sources[:] = self._completed(dict(zip(keys, names, strict=True)), make)
                return found

            # A failure has the name as asked.
            values = self._sharing.share((*keys, *names), complete)
        self._row.pending.places.extend(sources)
        return values

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._generation = object()
            self._values.clear()
            self._bytes = 0
            self._count()

    def retire(self) -> None:
        """Forget all, and count elsewhere: another cache takes the place of this one."""
        self.clear()
        with self._lock:
            self._row = Rows().take()

    def _completed(
        self, names: Mapping[_Key, str], make: Callable[[list[str]], list[Made]]
    ) -> tuple[list[Value], list[int]]:
        """Return what is kept with the rest, which is made, and where each of them is from."""
        values = {key: value for key in names if (value := self._young(key)) is not None}
        missing = [key for key in names if key not in values]
        began = monotonic()
        # Since `read_several` looked, another request may have read all of them.
        made = make([names[key] for key in missing]) if missing else []
        for key, (answer, is_failure) in zip(missing, made, strict=True):
            values[key] = value = Value(answer, began if is_failure else began + self.ttl)
            if not is_failure:
                self._keep(key, value)
        return [values[key] for key in names], [_READ if key in missing else _KEPT for key in names]

    def _young(self, key: _Key) -> Value | None:
        value = self._values.get(key)
        return value if value is not None and monotonic() < value.until else None

    def _keep(self, key: _Key, value: Value) -> None:
        with self._lock:
            if key[0] is not self._generation or value.answer.representation.length > MOST_OF_ONE:
                return
            self._drop(key)
            self._values[key] = value
            self._bytes += value.answer.representation.length
            self._drop_oldest(monotonic())
            self._count()

    def _drop_oldest(self, now: float) -> None:
        while self._values:
            key, oldest = next(iter(self._values.items()))
            is_too_much = len(self._values) > self._most or self._bytes > MOST_BYTES
            if now < oldest.until and not is_too_much:
                return
            self._drop(key)

    def _drop(self, key: _Key) -> None:
        value = self._values.pop(key, None)
        if value is not None:
            self._bytes -= value.answer.representation.length

    def _count(self) -> None:
        self._row.numbers[VALUES_KEPT.first] = len(self._values)
        self._row.numbers[VALUE_BYTES.first] = self._bytes
