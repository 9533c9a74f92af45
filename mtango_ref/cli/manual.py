"""`mtango-ref manual`: the manual, without a server."""

from __future__ import annotations

import click

from mtango_ref import manual as pages
from mtango_ref.cli.group import examples, table


@click.command(
    short_help="Print the manual.",
    epilog=examples("mtango-ref manual", "mtango-ref manual fixtures | less")
    + "\n\nA running server shows the same pages at /manual/.",
)
@click.argument("page", required=False, type=click.Choice(pages.PAGES), metavar="[PAGE]")
def manual(page: str | None) -> None:
    """Print a PAGE of the manual in Markdown, or the list of all pages."""
    if page is None:
        rows = [(name, pages.title(name)) for name in pages.PAGES]
        click.echo(table(("page", "title"), rows))
    else:
        # As bytes: a page is UTF-8 whatever the console's encoding.
        click.echo(pages.markdown(page).encode(), nl=False)
