"""The group of all commands, and what they share."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import click

from mtango_ref.interface import BackendError
from mtango_ref.messages import StartError

_LOG = logging.getLogger(__name__)


class _StartFailure(click.ClickException):
    exit_code = 2


class Commands(click.Group):
    """A group of commands that reports what cannot start in a sentence; --debug adds the place."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the commands in the order in which they were added, not by the alphabet."""
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
    """Columns as wide as what stands in them."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    )
