"""The conformance cases as tests of other people's projects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from plugin_project import Project

from program import serving


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as started:
        yield f"http://127.0.0.1:{started.port}/tango/rest"


def test_the_cases_are_tests(project: Project, url: str) -> None:
    code, output = project.pytest("--mtango-url", url, "--mtango-level", "may", "-rs")
    assert code == 0, output
    assert "mtango-tree ....." in output
    assert "501 not implemented, which is allowed" in output


def test_case_that_fails_says_how(project: Project, url: str) -> None:
    code, output = project.pytest(
        "--mtango-url", url, "--mtango-mode", "implementation", "-k", "State",
        "--mtango-level", "may",
    )  # fmt: skip
    assert code == 1
    assert "FAILED mtango-attributes::" in output
    assert "  $.timestamp: " in output
    assert f"  curl -i {url}/rc3/hosts/localhost/10000/devices/sys/tg_test/1/" in output
    assert "items.py" not in output


@pytest.mark.parametrize(("level", "code"), [("must", 0), ("should", 1)])
def test_level_says_what_fails(level: str, code: int, project: Project, url: str) -> None:
    """The ini file has the level; each cause is said once, at the end."""
    project.write(pytest__ini=f"[pytest]\nmtango_level = {level}\n")
    arguments = ("--mtango-url", url, "--mtango-mode", "implementation", "-k", "spectrum")
    found, output = project.pytest(*arguments, "-o", f"mtango_level={level}")
    assert found == code, output
    [head] = re.findall(r"^(\w+) [0-9]+x (?:\$\.)?timestamp: ", output, re.MULTILINE)
    assert head == ("FAILED" if code else "WARNING")
    assert project.pytest(*arguments, "--mtango-level", "must")[0] == 0


def test_wrong_level_is_a_usage_error(project: Project, url: str) -> None:
    code, output = project.pytest("--mtango-url", url, "-o", "mtango_level=mus")
    assert code == 4
    sentence = "mtango_level: expected must, should, may, got 'mus' (did you mean 'must'?)."
    assert sentence in output


def test_wrong_extension_is_a_usage_error(project: Project, url: str) -> None:
    code, output = project.pytest("--mtango-url", url, "--mtango-extensions", "filters,writs")
    assert code == 4
    sentence = "--mtango-extensions: there is no extension 'writs' (did you mean 'writes'?)."
    assert sentence in output


def test_markers_and_names_choose_among_cases(project: Project, url: str) -> None:
    project.write(test_mine__py="def test_mine(): pass\n")
    _, without = project.pytest("--mtango-url", url, "-m", "not mtango")
    assert "1 passed" in without
    _, some = project.pytest("--mtango-url", url, "-m", "mtango", "-k", "mtango-tree", "-v")
    assert "mtango-tree::" in some
    assert "mtango-attributes::" not in some
    assert "test_mine.py" not in some


def test_a_server_that_is_not_there_is_a_usage_error(project: Project) -> None:
    code, output = project.pytest("--mtango-url", "http://127.0.0.1:1/tango/rest")
    assert code == 4
    assert "ERROR: --mtango-url: 127.0.0.1 cannot be reached: Connection refused." in output
