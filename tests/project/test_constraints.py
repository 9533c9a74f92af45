"""The versions that tox installs, against what pyproject.toml and tox.ini say."""

from __future__ import annotations

import re
from configparser import ConfigParser
from itertools import chain
from pathlib import Path

import tomli
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
CONSTRAINTS = (ROOT / "tests" / "constraints.txt").read_text(encoding="utf-8")
PROJECT = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = [Requirement(line) for line in CONSTRAINTS.splitlines()]


def declared() -> list[Requirement]:
    """Return each requirement of the product, its extras and tox's groups."""
    project = PROJECT["project"]
    texts = chain(
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
        PROJECT["build-system"]["requires"],
    )
    return [Requirement(text) for text in texts]


def pinned(name: str) -> list[Requirement]:
    return [pin for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(name)]


def test_each_line_is_a_package_with_its_version() -> None:
    """No path, address or option."""
    shape = re.compile(r"[a-z0-9-]+==[0-9][\w.]*( ; [^/]+)?")
    assert [line for line in CONSTRAINTS.splitlines() if not shape.fullmatch(line)] == []


def test_what_is_declared_is_pinned_within_its_bounds() -> None:
    outside = []
    for requirement in declared():
        versions = [next(iter(pin.specifier)).version for pin in pinned(requirement.name)]
        if not any(map(requirement.specifier.contains, versions)):
            outside.append(f"{requirement}: {versions}")
    assert outside == []


def test_the_newest_pytango_is_that_of_the_constraints() -> None:
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    [version] = re.findall(r"pytango==(\S+)", tox["testenv:mariadb"]["commands_pre"])
    assert f"pytango=={version} ; python_full_version >= '3.14'" in CONSTRAINTS.splitlines()


def test_each_python_that_is_declared_is_tested() -> None:
    """The oldest with the lowest versions of all else, the next one with the suite."""
    oldest, second, *later = [
        text.rpartition("3.")[2]
        for text in PROJECT["project"]["classifiers"]
        if re.search(r":: 3\.\d+$", text)
    ]
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    assert f"py3{{{','.join(later)}}}" in tox["tox"]["env_list"]
    assert tox["testenv:lowest"]["base_python"] == f"py3{oldest}"
    # The Python that tox runs with is there on each machine.
    assert "base_python" not in tox["testenv:whole"]
    whole = tox["testenv:whole"]["commands"]
    lowest = tox["testenv:lowest"]["commands"].replace("\\", " ").split()
    assert lowest[:3] == ["{[testenv:whole]commands}", "-n", "0"]
    for how, what in zip(lowest[3::2], lowest[4::2], strict=True):
        path, _, test = what.partition("::")
        assert how == ("--deselect" if test else "--ignore")
        assert (ROOT / path).exists()
        assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")
    asked = 'pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not tango"'
    assert f"{asked} --ignore tests/mutants --ignore tests/fuzz" in whole
    suite = tox["testenv:suite"]
    assert suite["base_python"].startswith(f"py3{second}, ")
    assert 'pytest -n 0 -m "not tango" tests/fuzz tests/mutants' in suite["commands"]
    for environment in ("testenv", "testenv:suite"):
        assert "{[serve]start} " in tox[environment]["commands"]
    source = (ROOT / "tests/server/test_serve.py").read_text(encoding="utf-8")
    for each in tox["serve"]["start"].replace("\\", " ").split():
        path, _, test = each.partition("::")
        assert path == "tests/server/test_serve.py"
        assert f"def {test}(" in source


def test_tox_alone_runs_every_kind_of_environment() -> None:
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    environments = tox["tox"]["env_list"].split(", ")
    assert {"facility", "mariadb", "lowest", "whole", "suite", "lint"} <= {*environments}
