"""The group of all commands, and what they share."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from mtango_ref.interface import BackendError
from mtango_ref.messages import StartError

_LOG = logging.getLogger(__name__)


class _StartFailure(click.ClickException):
    exit_code = 2


class Imported(Mapping[str, click.Command]):
    """Commands by their names, each imported as it is asked for."""

    def __init__(self, places: Mapping[str, str]) -> None:
        """places: module:name of each command, in the order of --help."""
        self._places = places

    def __getitem__(self, name: str) -> click.Command:
        """Import a command."""
        command: click.Command = pkgutil.resolve_name(self._places[name])
        return command

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._places)

    def __len__(self) -> int:
        """Count the commands."""
        return len(self._places)


class Commands(click.Group):
    """A group of commands that reports what cannot start in a sentence; --debug adds the place."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the commands in their own order, not by the alphabet."""
        return [*self.commands]

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error at the start becomes exit code 2."""
        try:
            return super().invoke(ctx)
        except (StartError, BackendError) as error:
            _LOG.debug("The program cannot start", exc_info=True)
            raise _StartFailure(str(error)) from error


def examples(*lines: str) -> str:
    """Write the epilog of a command's --help."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Lay out columns as wide as what stands in them."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    )
