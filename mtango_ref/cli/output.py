"""The place that a command writes a fixture to: a file, or standard output."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from mtango_ref.files import write_file
from mtango_ref.messages import StartError

_CommandT = TypeVar("_CommandT", bound=Callable[..., Any])


def output_option(command: _CommandT) -> _CommandT:
    """Add -o FILE, which the command gets as `output`."""
    return click.option(
        "-o",
        "--output",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File to write; standard output by default.",
    )(command)


def check_writable(output: Path | None) -> None:
    """Raise StartError before work that would be lost."""
    if output is not None and not os.access(output.absolute().parent, os.W_OK):
        raise StartError(f"{output} cannot be written: its folder is missing or read-only.")


def put(output: Path | None, text: str) -> None:
    """Write a fixture, whole or not at all. Raises StartError."""
    content = text.encode()  # UTF-8 whatever the console's encoding, and without CRLF
    try:
        click.echo(content, nl=False) if output is None else write_file(output, content)
    except OSError as error:
        raise StartError(f"{output} cannot be written: {error.strerror}.") from error


def notify(head: str, lines: Sequence[object]) -> None:
    """Print a list on standard error, if there is anything in it."""
    if lines:
        click.echo("\n".join([head, *(f"  {each}" for each in lines)]), err=True)
