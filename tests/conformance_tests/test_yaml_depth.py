"""YAML that another server answers with, or that somebody's case file has, may be of any depth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from mtango_ref.conformance.cases.folder import CaseError, read
from mtango_ref.conformance.judging import judge
from mtango_ref.conformance.model import ANSWERED, Case, Place, Request, Response
from mtango_ref.libyaml import MAX_DEPTH, load_yaml

TOO_DEEP = re.compile(
    "nested too deeply; expected at most 100 levels|exceeded maximum nesting depth"
)
"""Our words; libyaml's from 0.2.6 on, which gives up at 1000 levels while it scans ahead."""


def test_levels_up_to_the_limit_are_read() -> None:
    data = load_yaml(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    levels = 0
    while data is not None:
        data, levels = (data[0] if data else None), levels + 1
    assert levels == MAX_DEPTH


@pytest.mark.parametrize("text", [b"[" * 101 + b"]" * 101, b"- " * 101, b"{a: " * 101])
def test_one_level_more_is_refused(text: bytes) -> None:
    with pytest.raises(yaml.MarkedYAMLError) as refused:
        load_yaml(text)
    assert refused.value.problem == "nested too deeply; expected at most 100 levels"


@pytest.mark.parametrize("text", [b"[", b"a: [", b"{a: ", b"- ", b"? "])
def test_yaml_that_could_end_the_process_is_refused(text: bytes) -> None:
    """Building it is a segmentation fault with libyaml before 0.2.6 (PyYAML 6.0.3)."""
    with pytest.raises(yaml.YAMLError, match=TOO_DEEP):
        load_yaml(text * 100_000)


@pytest.mark.parametrize("text", ["'{}'", "x # {}", "|\n {}", ">-\n {}"])
def test_brackets_in_text_are_no_nesting(text: str) -> None:
    brackets = "[" * 2000
    expected = "x" if "#" in text else brackets
    assert load_yaml(text.format(brackets).encode()) == expected


def test_answer_that_is_too_deep_is_a_difference() -> None:
    headers = {"content-type": "application/yaml"}
    request = Request("GET", "")
    case = Case("n", "tree", None, ("strict",), None, request, 200, headers, {}, ANSWERED)
    response = Response(200, headers, b"- " * 101)
    [difference] = judge.check(case, response, Place("http://localhost"))
    assert difference.startswith(
        "body: not application/yaml (nested too deeply; expected at most 100 levels\n"
    )


def test_case_file_that_is_too_deep_is_refused(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text("{}", "utf-8")
    (tmp_path / "tree.yml").write_text("[" * 101 + "]" * 101, "utf-8")
    with pytest.raises(CaseError) as refused:
        read(tmp_path)
    first = str(refused.value).splitlines()[0]
    assert first == "tree.yml: not YAML: nested too deeply; expected at most 100 levels"


def test_one_module_builds_data_from_yaml_of_others() -> None:
    """Two others build from YAML: our own swagger files, and the settings file with PyYAML's
    parser in Python, whose recursion ends in an error."""
    root = Path(__file__).parents[2]
    building = re.compile(r"\byaml\.(\w*load|compose)(_all)?\(")
    sources = [*(root / "mtango_ref").rglob("*.py"), *(root / "backends").rglob("*.py")]
    found = {
        path.relative_to(root).as_posix()
        for path in sources
        if building.search(path.read_text(encoding="utf-8"))
    }
    assert found == {
        "mtango_ref/libyaml.py",
        "mtango_ref/openapi/__init__.py",
        "mtango_ref/settings/sources.py",
    }
