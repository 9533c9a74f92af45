"""A recorded fixture without what the fixture language refuses, so that `serve` reads the rest."""

from __future__ import annotations

from mtango_ref.tools.importer.checking import checked
from mtango_ref.tools.importer.description import ImportRefused
from mtango_ref.tools.recorder.model_to_fixture import Words


def leave_out_misfits(fixture: Words) -> dict[str, str]:
    """Take out of a fixture what its checker refuses, and return the reason by the place of each.

    A real server may have what no fixture can, and one such thing is not to refuse the others.
    Where nothing can be taken out, as of a fixture that is too large, that is the one reason.
    """
    try:
        _, refusals = checked(fixture, losses=())
    except ImportRefused as error:
        return {"all of it": f"serve will reject the file: {error}"}
    parts = (each.text.partition(": ") for each in refusals)
    return {place: why for place, _, why in parts}
