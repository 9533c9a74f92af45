"""A device server that tango-simlib makes from a description of its own: a weather station."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tango_simlib
from tango.server import server_run
from tango_simlib.tango_sim_generator import configure_device_models, get_tango_device_server

DESCRIPTION = Path(tango_simlib.__file__).parent / "tests/config_files/Weather_SimDD.json"


def calm(models: dict[str, Any]) -> None:
    """Keep values from their limits, which they reach by chance, and which change the state ON."""
    for model in models.values():
        for quantity in model.sim_quantities.values():
            if quantity.meta.get("max_warning"):
                quantity.meta["max_bound"] = 0.9 * float(quantity.meta["max_warning"])


if __name__ == "__main__":
    files = [str(DESCRIPTION)]
    models = configure_device_models(files)
    calm(models)
    server_run(get_tango_device_server(models, files))
