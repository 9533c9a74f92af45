"""The break that no rule can say: it needs files that the server does not serve."""

from __future__ import annotations

from typing import Any

from mtango_ref import openapi
from mutants.breaks import Mutant, around


def _other_mode(original: Any, name: str, settings: Any, *backend: Any) -> Any:
    other = "implementation" if settings.rc3_mode == "strict" else "strict"
    return original(name, settings.model_copy(update={"rc3_mode": other}), *backend)


MUTANTS = [
    Mutant(
        "the swagger files are the other mode's",
        "swagger",
        around(openapi, "served", _other_mode),
    )
]
