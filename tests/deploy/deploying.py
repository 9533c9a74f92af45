"""The output of `mtango-ref deploy`."""

from __future__ import annotations

from program import run


def printed(*arguments: str, **environ: str) -> str:
    code, output, errors = run("deploy", *arguments, **{"TANGO_HOST": "tango:10000", **environ})
    assert (code, errors) == (0, "")
    return output
