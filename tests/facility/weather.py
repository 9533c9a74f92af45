"""A device server that tango-simlib makes from a description of its own: a weather station."""

from __future__ import annotations

from pathlib import Path

import tango_simlib
from tango.server import server_run
from tango_simlib.tango_sim_generator import configure_device_models, get_tango_device_server

DESCRIPTION = Path(tango_simlib.__file__).parent / "tests/config_files/Weather_SimDD.json"


if __name__ == "__main__":
    files = [str(DESCRIPTION)]
    server_run(get_tango_device_server(configure_device_models(files), files))
