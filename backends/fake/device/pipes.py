"""Pipes of running devices."""

from __future__ import annotations

from collections.abc import Iterable

from mtango_ref import tango_errors
from mtango_ref.model import DevError, DevFailed, PipeBlob
from mtango_ref.names import lower

PipeContent = PipeBlob | tuple[DevError, ...]
"""The content of a pipe, or the errors with which the device server answers instead."""


class FakePipe:
    """A pipe, and what was written to it last."""

    def __init__(self, name: str, content: PipeContent, *, is_writable: bool) -> None:
        self.name = name
        self._content = content
        self._is_writable = is_writable
        self._written: PipeBlob | None = None

    def read(self, outer: DevError) -> PipeBlob:
        """Give its blob. DevFailed, with the outer error on top."""
        content = self._content
        if not isinstance(content, PipeBlob):
            raise DevFailed(*content, outer)
        return content if self._written is None else self._written

    def write(self, asked: str, blob: PipeBlob, outer: DevError) -> None:
        """Take a blob, which reading gives from now on. DevFailed."""
        if not self._is_writable:
            raise tango_errors.pipe_not_writable(asked, outer)
        self._written = blob

    def reset(self) -> None:
        """Forget what was written."""
        self._written = None


class Pipes:
    """The pipes of one device, in its order."""

    def __init__(self, pipes: Iterable[FakePipe]) -> None:
        self._by_name = {lower(each.name): each for each in pipes}

    @property
    def names(self) -> list[str]:
        """Their names as defined."""
        return [each.name for each in self._by_name.values()]

    def found(self, asked: str, outer: DevError) -> FakePipe:
        """Find one, whatever the case of its name. DevFailed: API_PipeNotFound."""
        found = self._by_name.get(lower(asked))
        if found is None:
            raise tango_errors.pipe_not_found(asked, outer)
        return found

    def reset(self) -> None:
        """Forget what was written to each."""
        for each in self._by_name.values():
            each.reset()
