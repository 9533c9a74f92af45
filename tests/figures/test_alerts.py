"""The alerts for Prometheus: promtool takes the rules, and each fires at what it is about."""

from __future__ import annotations

import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from debian import find_or_skip
from program import run

FILE = Path(str(files("mtango_ref.deploy"))) / "alerts.yml"
ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load(FILE.read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
REQUESTS = 'mtango_http_requests_total{{instance="a",operation="{}",status="{}"}}'
OVERDUE = 'mtango_tango_calls_overdue_total{instance="a"}'
SERIES = {
    "MtangoDown": ('up{job="mtango-ref",instance="a"}', "1x30 0x30", "1x60"),
    "MtangoDatabaseAway": (REQUESTS.format("getReadiness", 503), "0x30 0+1x30", "5x60"),
    "MtangoWorkersRestart": (
        'mtango_worker_restarts_total{instance="a"}',
        "0x30 0+1x30",
        "0x30 1x30",
    ),
    "MtangoDefect": (REQUESTS.format("getRc3", 500), "0x55 1x5", "1x60"),
    "MtangoDeviceHangs": ('mtango_tango_calls_hanging{instance="a"}', "0x30 2x30", "0x58 2x2"),
    "MtangoRefuses": (
        'mtango_http_refusals_total{instance="a",status="503"}',
        "0x30 0+60x30",
        "7x60",
    ),
    "MtangoNoRoom": ('mtango_http_no_room_total{instance="a"}', "0x30 0+60x30", "7x60"),
    "MtangoCacheTooSmall": (
        'mtango_proxy_cache_remade_total{instance="a",cache="devices"}',
        "0x10 0+600x50",
        "0x10 0+6x50",
    ),
}
"""One series for each alert, its numbers a minute that fire it, and those that do not."""
CASES = [
    *((name, *case) for name, case in SERIES.items()),
    # What is refused while it waits for a device has a status of the operation; the probe has, too.
    ("MtangoRefuses", REQUESTS.format("readAttribute", 503), "0x30 0+60x30", "7x60"),
    # PyTango gives each call back after 6 s: seldom is one that hangs there as Prometheus looks.
    ("MtangoDeviceHangs", OVERDUE, "0x30 0+10x30", "0x30 9x30"),
]


def promtool(*arguments: str) -> str:
    program = str(find_or_skip("prometheus", "usr/bin/promtool"))
    done = subprocess.run(
        [program, *arguments], capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def firing(name: str, fires: bool) -> list[dict[str, Any]]:
    """Return the alerts that are expected, which promtool compares without their texts."""
    labels = {"instance": "a", "severity": ALERTS[name]["labels"]["severity"]}
    labels |= {"job": "mtango-ref"} if name == "MtangoDown" else {}
    labels |= {"cache": "devices"} if name == "MtangoCacheTooSmall" else {}
    return [{"exp_labels": labels, "exp_annotations": SUMMARIES[name]}] if fires else []


SUMMARIES: dict[str, dict[str, str]] = {
    name: {"summary": summary}
    for name, summary in {
        "MtangoDown": "a does not answer.",
        "MtangoDatabaseAway": "a was not ready 5 times in 5 minutes.",
        "MtangoWorkersRestart": "Workers of a died 15 times in 15 minutes.",
        "MtangoDefect": "a answered 500, and its log has a traceback.",
        "MtangoDeviceHangs": "A device or the database hangs: a gives calls up.",
        "MtangoRefuses": "a answers 1 requests a second with 503.",
        "MtangoNoRoom": "a refuses 1 large answers a second, as clients read too slowly.",
        "MtangoCacheTooSmall": "a makes 10 proxies a second again: raise cache_size.",
    }.items()
}


def test_command_prints_the_alerts() -> None:
    assert run("deploy", "alerts") == (0, FILE.read_text("utf-8"), "")


def test_promtool_takes_the_alerts() -> None:
    assert f"SUCCESS: {len(ALERTS)} rules found" in promtool("check", "rules", str(FILE))


@pytest.mark.parametrize("fires", [True, False], ids=["fires", "is quiet"])
@pytest.mark.parametrize(("name", "series", "matter", "other"), CASES)
def test_alert_fires_at_its_matter_alone(
    name: str, series: str, matter: str, other: str, fires: bool, tmp_path: Path
) -> None:
    case = {
        "interval": "1m",
        "input_series": [{"series": series, "values": matter if fires else other}],
        "alert_rule_test": [
            {"alertname": name, "eval_time": "58m", "exp_alerts": firing(name, fires)}
        ],
    }
    file = tmp_path / "case.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(FILE)], "tests": [case]}), "utf-8")
    promtool("test", "rules", str(file))


def test_probe_that_is_not_ready_is_no_refusal(tmp_path: Path) -> None:
    """MtangoDatabaseAway says so."""
    with pytest.raises(AssertionError, match="MtangoRefuses"):
        test_alert_fires_at_its_matter_alone(
            "MtangoRefuses",
            REQUESTS.format("getReadiness", 503),
            "0x30 0+60x30",
            "",
            True,
            tmp_path,
        )


def test_each_alert_has_a_case() -> None:
    assert {name for name, *_ in CASES} == ALERTS.keys()


def test_manual_explains_each_alert() -> None:
    page = (files("mtango_ref.manual") / "troubleshooting.md").read_text("utf-8")
    assert [name for name in ALERTS if f"| {name} |" not in page] == []
