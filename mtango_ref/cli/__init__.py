"""The command line: a file a command.

Nothing heavy is imported above: --help and check need no HTTP server and no Tango.
"""

from __future__ import annotations

import click

from mtango_ref import __version__
from mtango_ref.cli.check import check
from mtango_ref.cli.conformance import conformance
from mtango_ref.cli.deploy import deploy
from mtango_ref.cli.group import Commands, examples
from mtango_ref.cli.importing import import_
from mtango_ref.cli.manual import manual
from mtango_ref.cli.record import record
from mtango_ref.cli.routes import routes
from mtango_ref.cli.schema import schema
from mtango_ref.cli.serve import serve


@click.group(
    cls=Commands,
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


for _command in (serve, routes, check, schema, record, import_, conformance, deploy, manual):
    mtango_ref.add_command(_command)
