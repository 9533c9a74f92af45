"""The file of a server's known failures: only what is new fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.model import FUZZING, Outcome, Plan, Result
from mtango_ref.conformance.reports.causes import Key, causes, keys
from mtango_ref.files import Unreadable, read_file
from mtango_ref.libyaml import Dumper, load_yaml
from mtango_ref.messages import StartError

_VERSION = 1
_MAX_BYTES = 16 * 1024 * 1024
"""The size of the largest file that is read."""
_HEAD = """\
# Known failures of a server, as `mtango-ref conformance --write-baseline` found them.
# A run with `--baseline` does not fail for them. A case whose line you delete fails again.
"""
_TEXT = {"type": "string", "minLength": 1}
_VALIDATOR = jsonschema_rs.validator_for(
    {
        "type": "object",
        "required": ["baseline", "mode", "known"],
        "additionalProperties": False,
        "properties": {
            "baseline": {"const": _VERSION},
            "mode": {"enum": ["strict", "implementation"]},
            "known": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["rule", "difference", "cases"],
                    "additionalProperties": False,
                    "properties": {
                        "rule": _TEXT,
                        "difference": _TEXT,
                        "cases": {"type": "array", "items": _TEXT},
                    },
                },
            },
        },
    }
)


def written(results: Sequence[Result], plan: Plan) -> bytes:
    """Return the file that knows all that fails at the plan's level, sorted: YAML."""
    known = [
        {
            "rule": cause.rule.name,
            "difference": cause.kind,
            "cases": sorted({one.name for one in cause.results}),
        }
        for cause in causes(results, plan.level)
        if cause.outcome is Outcome.FAILED
    ]
    known.sort(key=lambda one: (one["rule"], one["difference"]))
    document = {"baseline": _VERSION, "mode": plan.mode, "known": known}
    text = yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return (_HEAD + text).encode()


def read(path: Path, mode: str) -> frozenset[Key]:
    """Return the failures that a file knows. Raises StartError, with what is wrong with it."""
    document = _document(path)
    if document["mode"] != mode:
        raise StartError(
            f"--baseline: {path}: expected mode {mode}, as in this run, got {document['mode']}."
        )
    return frozenset(
        (case, one["rule"], one["difference"]) for one in document["known"] for case in one["cases"]
    )


def _document(path: Path) -> Any:
    try:
        content = read_file(path, _MAX_BYTES, pipes=True)
    except Unreadable as error:
        raise StartError(f"--baseline: {error}.") from error
    try:
        document = load_yaml(content)
    except yaml.YAMLError as error:
        sentence = " ".join(str(error).split())
        raise StartError(f"--baseline: {path} is not YAML: {sentence}.") from error
    version = document.get("baseline") if isinstance(document, dict) else None
    if type(version) is int and version != _VERSION:
        raise StartError(
            f"--baseline: {path}: expected version {_VERSION}, got {version};"
            " write it anew with --write-baseline."
        )
    _check(path, document)
    return document


def _check(path: Path, document: Any) -> None:
    try:
        wrong = next(_VALIDATOR.iter_errors(document), None)
    except (TypeError, ValueError) as error:  # keys that are no texts
        raise StartError(f"--baseline: {path} is not a baseline: {error}.") from error
    if wrong is not None:
        place = ".".join(map(str, wrong.instance_path)) or "the file"
        raise StartError(f"--baseline: {path} is not a baseline: {place}: {wrong.message[:200]}.")


def notes(known: frozenset[Key], results: Sequence[Result]) -> Iterator[str]:
    """Say which known failures are mended or gone.

    Mended are those of cases that were asked, and fail no more; gone those of no case of the suite.
    """
    asked = {one.name for one in results}
    found = {key for one in results for key in keys(one)}
    mended = {case for case, *_ in known - found} & asked
    named = {case for case, *_ in known if not case.startswith(FUZZING)}
    gone = named - {case.name for case in loading.load()}
    for which, names in (
        ("Fixed since the baseline was written", mended),
        ("Cases of the baseline that were renamed or removed", gone),
    ):
        if names:
            yield f"{which}: {_first(sorted(names))}. --write-baseline drops them."


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{'; '.join(names[:3])}{more}"
