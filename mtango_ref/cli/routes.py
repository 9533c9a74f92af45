"""`mtango-ref routes`: what is answered."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mtango_ref.cli.group import examples, table
from mtango_ref.cli.options import load, setting_options

if TYPE_CHECKING:
    from mtango_ref.openapi import Operation


@click.command(
    short_help="Print every operation and the status that it answers with.",
    epilog=examples("mtango-ref routes", "mtango-ref routes --backend tango --app-base /api"),
)
@setting_options("backend", "fixture", "app_base", "extensions")
def routes(config: Path | None, **given: object) -> None:
    """Print every operation and the status that it answers with under the given settings.

    501 means "defined by rc3, but switched off"; the column `needs` says what switches it on.
    All options of `serve` are accepted; the ones below make a difference here.
    """
    settings = load(config, given)
    from mtango_ref.backends import capabilities
    from mtango_ref.openapi import operations

    rows = [
        (each.method, str(each.status), _needs(each), settings.app_base + each.path or "/")
        for each in operations(settings, capabilities(settings))
    ]
    click.echo(table(("method", "status", "needs", "path"), rows))
    counts = Counter(status for _, status, _, _ in rows)
    click.echo(", ".join(f"{count} x {status}" for status, count in sorted(counts.items())))


def _needs(operation: Operation) -> str:
    return f"only {operation.only}" if operation.only else operation.needs or ""
