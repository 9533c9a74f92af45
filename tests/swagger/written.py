"""Writes the swagger files as they are served, for a linter.

    python tests/swagger/written.py FOLDER

One folder below it for each mode.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mtango_ref import openapi
from mtango_ref.openapi.extensions import EXTENSIONS
from mtango_ref.settings.model import Settings
from openapi import MODES


def write(folder: Path) -> None:
    """Write them with everything on, so that nothing is hidden by a 501, and with nothing on."""
    for mode in MODES:
        for name, extensions in {"all": EXTENSIONS, "none": ()}.items():
            settings = Settings.model_construct(
                **{**Settings().model_dump(), "rc3_mode": mode, "extensions": extensions}
            )
            below = folder / f"{mode}-{name}"
            below.mkdir(parents=True, exist_ok=True)
            for file in openapi.FILES:
                (below / file).write_bytes(openapi.served(file, settings))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
