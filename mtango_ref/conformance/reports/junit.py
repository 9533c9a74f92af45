"""The report for CI, as JUnit has it."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from mtango_ref.conformance.model import Ended, Outcome, Result
from mtango_ref.conformance.reports.report import (
    Report,
    differences,
    ended_sentence,
    total,
    utc,
    visible,
)
from mtango_ref.conformance.reports.text import cause_text, ended_text, failure_text


def as_junit(report: Report) -> bytes:
    """Return a suite of the causes, and a suite a facet, with a test case a result."""
    root = Xml.Element("testsuites", name="mtango-ref conformance")
    if report.ended:
        _add_ended(root, report, report.ended)
    if report.causes:
        _add_causes(root, report)
    for facet in dict.fromkeys(one.facet for one in report.results):
        results = [one for one in report.results if one.facet == facet]
        found = total(results)
        suite = Xml.SubElement(
            root,
            "testsuite",
            name=facet,
            tests=str(len(results)),
            failures=str(found[Outcome.FAILED]),
            errors="0",
            skipped=str(found[Outcome.NOT_IMPLEMENTED]),
            timestamp=utc(report.started),
            time=f"{sum(map(_elapsed, results)):.3f}",
        )
        for one in results:
            _add_junit(suite, report, one)
    Xml.indent(root)
    content: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _add_causes(root: Xml.Element, report: Report) -> None:
    failed = [one for one in report.causes if one.outcome is Outcome.FAILED]
    suite = Xml.SubElement(
        root,
        "testsuite",
        name="causes",
        tests=str(len(report.causes)),
        failures=str(len(failed)),
        errors="0",
        skipped="0",
        timestamp=utc(report.started),
        time="0.000",
    )
    for cause in report.causes:
        name = f"{len(cause.results)}x {visible(cause.text, 500)}"
        case = Xml.SubElement(suite, "testcase", classname="rc3.causes", name=name, time="0.000")
        text = cause_text(report, cause)
        if cause.outcome is Outcome.FAILED:
            failure = Xml.SubElement(case, "failure", message=visible(cause.text, 500))
            failure.text = text
        else:
            Xml.SubElement(case, "system-out").text = text


def _add_junit(suite: Xml.Element, report: Report, result: Result) -> None:
    case = Xml.SubElement(
        suite,
        "testcase",
        classname=f"rc3.{result.facet}.{result.operation or 'http'}",
        name=visible(result.name),
        time=f"{_elapsed(result):.3f}",
    )
    if result.outcome is Outcome.FAILED:
        first = next(differences(result), "")
        failure = Xml.SubElement(case, "failure", message=first)
        failure.text = failure_text(result, report.curl(result))
    elif result.differences:
        Xml.SubElement(case, "system-out").text = failure_text(result, report.curl(result))
    elif result.outcome is Outcome.NOT_IMPLEMENTED:
        Xml.SubElement(case, "skipped", message="501 not implemented, which is allowed")


def _elapsed(result: Result) -> float:
    return 0.0 if result.response is None else result.response.elapsed


def _add_ended(root: Xml.Element, report: Report, ended: Ended) -> None:
    suite = Xml.SubElement(
        root,
        "testsuite",
        name="ended",
        tests="1",
        failures="0",
        errors="1",
        skipped="0",
        timestamp=utc(report.started),
        time="0.000",
    )
    name = "the server keeps answering"
    case = Xml.SubElement(suite, "testcase", classname="rc3.ended", name=name, time="0.000")
    error = Xml.SubElement(case, "error", message=ended_sentence(ended))
    error.text = ended_text(ended, report.server)
