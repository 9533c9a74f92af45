"""The command line: a file a command.

A command is imported as it is asked for, and what it needs of weight as it runs: check needs no
HTTP server and no Tango, and conformance no settings.
"""

from __future__ import annotations

import click

from mtango_ref import __version__
from mtango_ref.cli.group import Commands, Imported, examples

_COMMANDS = {
    "serve": "serve:serve",
    "routes": "routes:routes",
    "check": "check:check",
    "schema": "schema:schema",
    "record": "record:record",
    "import": "importing:import_",
    "conformance": "conformance:conformance",
    "deploy": "deploy:deploy",
    "manual": "manual:manual",
}
"""The file here, and the name there, of each command."""


@click.group(
    cls=Commands,
    commands=Imported({name: f"{__name__}.{place}" for name, place in _COMMANDS.items()}),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "mtango-ref serve                  # a simulated facility, on port 8000 of this machine",
        "mtango-ref serve --backend tango  # the real facility that TANGO_HOST names",
        "mtango-ref serve --help           # all settings, with examples",
        "mtango-ref manual                 # the pages of the manual, also served at /manual/",
        "curl http://127.0.0.1:8000/tango/rest/rc3/hosts  # a first request",
    ),
)
@click.version_option(__version__, prog_name="mtango-ref")
@click.pass_context
def mtango_ref(ctx: click.Context) -> None:
    """The Tango REST API rc3 over HTTP, for a simulated or a real Tango facility."""  # noqa: D401 - the text of --help
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
