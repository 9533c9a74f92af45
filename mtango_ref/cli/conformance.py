"""`mtango-ref conformance`: ask any rc3 server everything."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from mtango_ref.cli.group import examples
from mtango_ref.conformance.options import conformance_options, plan_of, server_of
from mtango_ref.messages import StartError


@click.command(
    short_help="Check any rc3 server, and report what differs.",
    epilog=examples(
        "mtango-ref conformance http://127.0.0.1:8000/tango/rest",
        "mtango-ref conformance --time 0 --only attributes http://127.0.0.1:8000/tango/rest",
        "mtango-ref conformance --html report.html --auth me:secret https://lab/tango/rest",
        "mtango-ref conformance --print-cases cases.json http://127.0.0.1:8000/tango/rest",
    )
    + "\n\nThe exit code is 0 if nothing failed, 1 if something did, 2 if no request was answered."
    " By default, only what rc3 says that a server must do can fail.",
)
@conformance_options
def conformance(**given: Any) -> NoReturn:
    """Check the rc3 server whose entry point is at URL against all that rc3 defines.

    The server needs a TangoTest device. Nothing is written without --writes.
    """
    try:
        from mtango_ref.conformance.command import Reporting, write_cases
        from mtango_ref.conformance.command import conformance as ask_everything
    except ImportError as error:
        raise StartError(f"{error}: run pip install 'mtango-ref[conformance]'.") from error
    server, plan = server_of(given), plan_of(given)
    if given["print_cases"]:
        write_cases(server, plan, given["print_cases"])
        sys.exit(0)
    reporting = Reporting(**{name: given[name] for name in Reporting._fields})
    sys.exit(ask_everything(server, plan, reporting))
