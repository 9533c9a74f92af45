"""The page for an alarm at night: what it quotes is what the server says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import waitress.server
import yaml

from conftest import Rest
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import load
from mtango_ref.settings.model import Settings
from project.parsed import nodes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "mtango_ref" / "manual" / "troubleshooting.md").read_text("utf-8")
SOURCES = [
    *(ROOT / "mtango_ref").rglob("*.py"),
    *(ROOT / "backends").rglob("*.py"),
    Path(waitress.server.__file__),
]
"""Some lines of the log are waitress'."""
PLACE = re.compile(r"%[dsg]")
LEAST = 12
"""Letters that a text of the source has at least, so that it does not fit everything."""


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


QUOTING = ("What happens, and what to do", "It answers 503")


def quotes(text: str) -> list[str]:
    """Return the sentences of the server's in a text, and not names, paths and figures."""
    return [
        each for each in re.findall(r"`([^`]+)`", text) if re.match(r"[A-Z\d]?\S* \S+ \S", each)
    ]


Parts = list[str | None]
"""A text, with None where something is filled in."""


@cache
def templates() -> list[Parts]:
    """Return what each text of the sources can become."""
    return [parts for path in SOURCES for parts in texts(path.read_text("utf-8"))]


def texts(source: str) -> Iterator[Parts]:
    """Yield the parts of each text that is long enough."""
    for node in nodes(source):
        parts: Parts = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = PLACE.split(node.value)
            parts = [part for each in found for part in (each, None)][:-1]
        elif isinstance(node, ast.JoinedStr):
            parts = [
                each.value if isinstance(each, ast.Constant) else None  # type: ignore[misc]  # texts, in an f-string
                for each in node.values
            ]
        if sum(len(part or "") for part in parts) >= LEAST:
            yield parts


def is_said(quote: str) -> bool:
    # A pattern takes its time to be compiled: only of those whose parts are all there.
    near = (each for each in templates() if all((part or "") in quote for part in each))
    patterns = (
        "".join(".*" if part is None else re.escape(part) for part in each) for each in near
    )
    return any(re.fullmatch(pattern, quote) for pattern in patterns)


@pytest.mark.parametrize("title", QUOTING)
def test_each_sentence_is_one_of_the_servers(title: str) -> None:
    found = quotes(section(title))
    assert len(found) >= 7
    assert [each for each in found if not is_said(each)] == []


@pytest.mark.parametrize(
    "quote", ["Worker 4711 is dead, and was replaced", "7 lines got lost", "The server ends now"]
)
def test_other_sentences_are_found(quote: str) -> None:
    assert quotes(f"`{quote}`") == [quote]
    assert not is_said(quote)


def test_each_figure_and_alert_is_there() -> None:
    alerts = yaml.safe_load((files("mtango_ref.deploy") / "alerts.yml").read_text("utf-8"))
    known = {rule["alert"] for group in alerts["groups"] for rule in group["rules"]}
    assert {*re.findall(r"\bMtango[A-Z]\w+", PAGE)} == known
    shown = {*re.findall(r"^# TYPE (\w+)", exposition_text(), re.MULTILINE)}
    named = {*re.findall(r"\bmtango_[a-z_]+\b", section(QUOTING[0]))}
    assert len(named) >= 10
    assert named <= shown


def exposition_text() -> str:
    rest = Rest(Settings(), FakeBackend(load("tango_test")))
    return rest.client.simulate_get("/metrics").text


def test_each_setting_is_there() -> None:
    """A word with `_` that is no figure is a setting."""
    words = {*re.findall(r"`([a-z]+_[a-z_]+)`", "".join(map(section, QUOTING)))}
    settings = {word for word in words if not word.startswith("mtango_")}
    assert len(settings) >= 5
    assert settings <= Settings.model_fields.keys()
