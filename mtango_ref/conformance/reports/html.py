"""The report as one HTML file: no script, nothing from the network, whatever a server sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby

from mtango_ref import __version__
from mtango_ref.conformance.judging.judge import placed
from mtango_ref.conformance.model import Case, Outcome, Response, Result
from mtango_ref.conformance.reports.report import (
    Report,
    body_text,
    by_facet,
    counts,
    differences,
    total,
    utc,
    verdict,
    visible,
)
from mtango_ref.conformance.reports.style import STYLE

_WHOLE_FAILURES = 300
"""Failures that are told whole; of the rest only the names."""
_OPEN_FAILURES = 3
"""Failures that are unfolded."""
_SHOWN_BODY = 4000  # characters

_CLASSES = {outcome: outcome.name.lower().replace("_", "-") for outcome in Outcome}


def as_html(report: Report) -> bytes:
    """The whole page."""
    failures = report.failures
    passed = [one for one in by_facet(report.results) if one.outcome is Outcome.PASSED]
    off = [one for one in by_facet(report.results) if one.outcome is Outcome.NOT_IMPLEMENTED]
    page = "\n".join(
        [
            _head(report),
            _facts(report),
            *(f'<p class="note">{_text(note)}</p>' for note in report.notes),
            _table(report.results),
            _failures(report, failures) if failures else "",
            _names("Not implemented", "501, as it may be where an extension is off.", off),
            _names("Passed", "Each did just what its rule says.", passed),
            f"<footer>mtango-ref {__version__} conformance</footer>\n</main></body></html>\n",
        ]
    )
    return page.encode()


def _text(text: str, longest: int | None = None) -> str:
    return escape(visible(text, longest))


def _head(report: Report) -> str:
    failed = total(report.results)[Outcome.FAILED]
    kind = "failed" if failed else "passed"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>rc3 conformance of {_text(report.place.base)}</title>
<style>{STYLE}</style></head><body><main>
<header><p class="kicker">Tango REST API rc3 · conformance</p>
<h1>{_text(report.place.base)}</h1>
<p class="verdict {kind}">{_text(verdict(report))}</p>
{_bar(report.results)}</header>"""


def _bar(results: Iterable[Result]) -> str:
    found = total([*results])
    parts = "".join(
        f'<span class="{_CLASSES[outcome]}" style="flex-grow:{found[outcome]}"></span>'
        for outcome in Outcome
        if found[outcome]
    )
    legend = " ".join(
        f'<span class="{_CLASSES[outcome]}"><b>{found[outcome]}</b> {outcome.value}</span>'
        for outcome in Outcome
    )
    return f'<div class="bar" aria-hidden="true">{parts}</div><p class="legend">{legend}</p>'


def _facts(report: Report) -> str:
    facts = {
        "Mode": report.mode,
        "Extensions": ", ".join(report.extensions) or "none",
        "TangoTest at": report.place.device,
        "Facility": report.place.facility.replace("/", ":"),
        "Asked at": utc(report.started).replace("T", " "),
        "Took": f"{report.seconds:.1f} s",
        "Seed of the fuzzing": "no fuzzing" if report.seed is None else str(report.seed),
    }
    return (
        '<dl class="facts">'
        + "".join(
            f"<div><dt>{name}</dt><dd>{_text(text)}</dd></div>" for name, text in facts.items()
        )
        + "</dl>"
    )


def _table(results: Iterable[Result]) -> str:
    head = "".join(f'<th scope="col" class="n">{outcome.value}</th>' for outcome in Outcome)
    groups = groupby(counts([*results]).items(), key=lambda item: item[0][0])
    bodies = []
    for facet, rows in groups:
        bodies.append(f'<tbody><tr><th scope="rowgroup" colspan="4">{_text(facet)}</th></tr>')
        for (_, operation), found in rows:
            cells = "".join(_cell(outcome, found[outcome], facet) for outcome in Outcome)
            bodies.append(f'<tr><th scope="row">{_text(operation)}</th>{cells}</tr>')
        bodies.append("</tbody>")
    return (
        "<section><h2>By operation</h2>\n<table><thead><tr><th scope=col>operation</th>"
        f"{head}</tr></thead>\n" + "\n".join(bodies) + "</table></section>"
    )


def _cell(outcome: Outcome, count: int, facet: str) -> str:
    if not count:
        return '<td class="n none">·</td>'
    shown = f"{count}"
    if outcome is Outcome.FAILED:
        shown = f'<a href="#failures-{_text(facet)}">{count}</a>'
    return f'<td class="n {_CLASSES[outcome]}">{shown}</td>'


def _failures(report: Report, failures: list[Result]) -> str:
    whole, rest = failures[:_WHOLE_FAILURES], failures[_WHOLE_FAILURES:]
    parts = ["<section><h2>What failed</h2>"]
    number = 0
    for facet, group in groupby(whole, key=lambda one: one.facet):
        parts.append(f'<h3 id="failures-{_text(facet)}">{_text(facet)}</h3>')
        for one in group:
            parts.append(_failure(report, one, unfolded=number < _OPEN_FAILURES))
            number += 1
    if rest:
        parts.append(_names("More that failed", "Only the first are told whole.", rest))
    return "\n".join([*parts, "</section>"])


def _failure(report: Report, result: Result, *, unfolded: bool) -> str:
    found = [_text(one) for one in differences(result)]
    curl = report.curl(result)
    asked = f'<h4>Ask again</h4><pre class="curl">{_text(curl, 6000)}</pre>' if curl else ""
    operation = f" <code>{_text(result.operation)}</code>" if result.operation else ""
    return f"""<details class="failure"{" open" if unfolded else ""}><summary>
<span class="name">{_text(result.name)}</span>{operation}
<span class="first">{found[0] if found else ""}</span></summary>
<blockquote>{_text(result.rule)}</blockquote>
<ul class="differences">{"".join(f"<li>{one}</li>" for one in found)}</ul>
{asked}
<div class="sides"><div><h4>Expected</h4>{_expected(report, report.cases.get(result.name))}</div>
<div><h4>Came</h4>{_came(result.response)}</div></div></details>"""


def _expected(report: Report, case: Case | None) -> str:
    if case is None:
        return "<p>What the rule above says.</p>"
    headers, body = placed([dict(case.headers), case.body], report.place)
    return _message(case.status, headers, "" if case.body is None else _lines(body))


def _came(response: Response | None) -> str:
    if response is None:
        return "<p>No answer.</p>"
    return _message(response.status, response.headers, _pretty(body_text(response)))


def _message(status: int, headers: Mapping[str, object], body: str) -> str:
    head = "\n".join([f"HTTP {status}", *(f"{name}: {text}" for name, text in headers.items())])
    whole = f"{head}\n\n{body}" if body else head
    return f"<pre>{_text(whole, _SHOWN_BODY)}</pre>"


def _lines(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False)


def _pretty(body: str) -> str:
    """JSON with a line for each value, anything else as it came."""
    if len(body) > _SHOWN_BODY:
        return body
    try:
        return _lines(json.loads(body))
    except (ValueError, RecursionError):
        return body


def _names(title: str, sentence: str, results: list[Result]) -> str:
    if not results:
        return ""
    parts = []
    for (facet, operation), group in groupby(results, key=lambda one: (one.facet, one.operation)):
        names = "".join(
            f"<li>{_text(one.name)}<small>{_text(one.rule, 300)}</small></li>" for one in group
        )
        parts.append(
            f"<h4>{_text(facet)} <code>{_text(operation or '')}</code></h4><ul>{names}</ul>"
        )
    return (
        f'<details class="names"><summary><h2>{title}</h2> <span class="count">{len(results)}'
        f"</span></summary><p>{sentence}</p>{''.join(parts)}</details>"
    )
