"""The badge of a run, in the form that shields.io reads from a URL of the project's own."""

from __future__ import annotations

import json
from pathlib import Path

from mtango_ref.conformance.model import Outcome
from mtango_ref.conformance.reports.report import Report, total


def as_badge(report: Report) -> bytes:
    """Return the JSON of shields.io's endpoint badge."""
    document = {
        "schemaVersion": 1,
        "label": f"Tango REST rc3 ({report.plan.mode})",
        "message": badge_message(report),
        "color": _color(report),
    }
    return f"{json.dumps(document, indent=2)}\n".encode()


def badge_note(path: Path) -> str:
    """Say what to do with the file, with the Markdown that shows it."""
    shown = "[![rc3](https://img.shields.io/endpoint?url=URL-OF-THE-FILE)](URL-OF-THE-REPORT)"
    return f"Publish {path}, and show it with {shown}"


def badge_message(report: Report) -> str:
    """Return the badge's words, such as `606 of 606`."""
    if report.ended:
        return "stopped answering"
    if report.stopped:
        return "interrupted"
    found = total(report.results)
    differing = found[Outcome.FAILED] + found[Outcome.KNOWN]
    return f"{found.total() - differing} of {found.total()}"


def _color(report: Report) -> str:
    found = total(report.results)
    if not report.is_whole or found[Outcome.FAILED] or not found.total():
        return "red"
    return "yellow" if found[Outcome.KNOWN] or found[Outcome.WARNING] else "brightgreen"
