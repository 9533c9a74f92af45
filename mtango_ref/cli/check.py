"""`mtango-ref check`: is a fixture right?"""

from __future__ import annotations

import click

from mtango_ref.cli.group import examples, table


@click.command(
    short_help="Check a fixture.",
    epilog=examples("mtango-ref check my_facility.yml", "mtango-ref check tango_test"),
)
@click.argument("fixture")
def check(fixture: str) -> None:
    """Check a FIXTURE: a YAML file, or the name of a packaged one.

    Prints what the facility has, or every mistake with its line and what was expected.
    """
    from mtango_ref.fixture.loading import load

    facility = load(fixture)
    rows = []
    for name, device in facility.devices.items():
        kind = facility.classes[device.class_]
        counts = (kind.attributes, kind.commands, kind.pipes, device.properties)
        state = device.states[0].state.value if device.exported else "not running"
        rows.append((name, device.class_, state, *(str(len(each)) for each in counts)))
    head = ("device", "class", "state", "attributes", "commands", "pipes", "properties")
    click.echo(table(head, rows))
    click.echo(f"The fixture {fixture} is valid.")
