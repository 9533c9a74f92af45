"""`mtango-ref deploy`: files for systemd, nginx, containers, and for those who watch."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from mtango_ref.cli.group import examples
from mtango_ref.cli.options import OPTIONS, load, setting_options
from mtango_ref.messages import StartError
from mtango_ref.settings.model import Settings

_KINDS = (
    *("systemd", "systemd-socket", "nginx", "haproxy", "compose", "kubernetes"),
    *("grafana", "alerts"),
)


@click.command(
    short_help="Print a file for systemd, nginx, containers, Grafana or Prometheus.",
    epilog=examples(
        "mtango-ref deploy systemd --backend tango --host 0.0.0.0",
        "mtango-ref deploy systemd-socket --port 80        # its socket, which systemd listens at",
        "mtango-ref deploy nginx --port 8001",
        "mtango-ref deploy compose                  # the fake, in a container",
        "mtango-ref deploy compose --backend tango  # with a facility and nginx",
        "TANGO_HOST=tango:10000 mtango-ref deploy kubernetes --backend tango",
        "mtango-ref deploy grafana > mtango-ref.json",
    )
    + "\n\nThe settings are those of `mtango-ref serve`, from the same places. Each file begins"
    " with the commands that put it to use, but for Grafana's: import that in its menu Dashboards."
    " Those of Grafana and Prometheus are the same for all settings.",
)
@click.argument("kind", type=click.Choice(_KINDS), metavar="[" + "|".join(_KINDS) + "]")
@setting_options(*OPTIONS)
def deploy(kind: str, config: Path | None, **given: object) -> None:
    """Print a file that runs the server, filled in with the settings given."""
    settings = load(config, given)
    from mtango_ref.deploy.filling import Wanted, fill

    wanted = Wanted(settings, _tango_host(settings), _program())
    click.echo(fill(kind, wanted).encode(), nl=False)


def _tango_host(settings: Settings) -> str:
    """Return TANGO_HOST, checked where it is used; say so if there is none."""
    from mtango_ref.tango_host import parse_tango_host

    text = os.environ.get("TANGO_HOST", "")
    if settings.backend == "tango" and not text:
        click.echo("mtango-ref: TANGO_HOST is not set; the file says localhost:10000", err=True)
    try:
        return ",".join(parse_tango_host(text or "localhost:10000"))
    except ValueError as error:
        raise StartError(f"TANGO_HOST={text}: {error}") from error


def _program() -> str:
    """Return the path of the command: a unit has no virtual environment on its PATH."""
    beside = Path(sys.executable).with_name("mtango-ref")
    return str(beside) if beside.exists() else shutil.which("mtango-ref") or "mtango-ref"
