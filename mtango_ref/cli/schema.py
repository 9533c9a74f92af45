"""`mtango-ref schema`: the language of fixtures, for editors."""

from __future__ import annotations

import json

import click

from mtango_ref.cli.group import examples


@click.command(
    short_help="Print the JSON Schema of fixtures, for editors.",
    epilog=examples(
        "mtango-ref schema > fixture.schema.json",
        "mtango-ref schema | grep -c quantity_simulation_type",
    )
    + "\n\nWith the line '# yaml-language-server: $schema=fixture.schema.json' at the top of a"
    " fixture, editors complete and explain its keys (in VS Code with the YAML extension).",
)
def schema() -> None:
    """Print the JSON Schema (draft-07) of the fixture language."""
    from mtango_ref.fixture.json_schema import fixture_schema

    # As bytes: JSON is UTF-8 (RFC 8259, 8.1), whatever the console's encoding.
    click.echo(json.dumps(fixture_schema(), indent=2, ensure_ascii=False).encode())
