"""Workflows, issue forms and hooks: those of the project, and those that users copy."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import tomli
import yaml

from mtango_ref import manual
from mtango_ref.cli import mtango_ref
from program import run, serving

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
COPIES = [
    yaml.safe_load(text) for text in re.findall(r"```yml\n(.*?)```", manual.markdown("ci"), re.S)
]
WORKFLOWS = {
    **{
        path.name: yaml.safe_load(path.read_text("utf-8"))
        for path in GITHUB.glob("workflows/*.yml")
    },
    **{f"manual {n}": copy for n, copy in enumerate(COPIES) if "jobs" in copy},
}
PIPELINES = [copy for copy in COPIES if "jobs" not in copy]
CONSTRAINTS = (ROOT / "tests" / "constraints.txt").read_text("utf-8")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_has_events_permissions_and_steps(name: str) -> None:
    workflow = WORKFLOWS[name]
    # YAML 1.1: the key `on` is true.
    assert {*workflow} == {"name", True, "permissions", "jobs"}
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert re.fullmatch(r"[\w-]+/[\w-]+@[\w./]+", step.get("uses", "a/b@v1"))


def test_pipelines_of_gitlab_have_an_image_and_a_script() -> None:
    assert [[*pipeline] for pipeline in PIPELINES] == [["client"], ["conformance"]]
    for pipeline in PIPELINES:
        for job in pipeline.values():
            assert re.fullmatch(r"python:3\.\d+", job["image"])
            assert all(isinstance(line, str) for line in job["script"])


def commands() -> list[str]:
    """List each line of a shell in the workflows that users copy."""
    lines = [line for pipeline in PIPELINES for job in pipeline.values() for line in job["script"]]
    for name, workflow in WORKFLOWS.items():
        if name.startswith("manual"):
            steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
            lines += [step["run"] for step in steps if "run" in step]
    return lines


def test_options_that_users_copy_exist() -> None:
    asked = {line for line in commands() if line.startswith("mtango-ref ")}
    assert len(asked) == 2
    for line in asked:
        _, name, *arguments = shlex.split(line.partition(" >")[0])
        command = mtango_ref.get_command(click.Context(mtango_ref), name)
        assert command is not None
        command.make_context(name, arguments)


def test_both_pairs_of_workflows_run_the_same_commands() -> None:
    lines = commands()
    half = len(lines) // 2
    assert sorted(lines[:half]) == sorted(lines[half:])


def test_conformance_command_that_users_copy_runs(tmp_path: Path) -> None:
    """The command asks one facet and has no time for fuzzing; both have tests of their own."""
    [line] = {line for line in commands() if line.startswith("mtango-ref conformance")}
    with serving() as started:
        url = f"http://127.0.0.1:{started.port}/tango/rest"
        text = line.replace('"$URL"', url).replace("--time 60s", "--time 0")
        text = re.sub(r"report\.\w+", lambda name: str(tmp_path / name[0]), text)
        code, output, errors = run(*shlex.split(text)[1:], "--only", "tree")
    assert code == 0, output + errors
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.xml"}


def test_release_checks_tag_and_version_and_publishes_without_a_password() -> None:
    jobs = WORKFLOWS["release.yml"]["jobs"]
    runs = [step.get("run", "") for step in jobs["build"]["steps"]]
    assert sum("GITHUB_REF_NAME#v" in line for line in runs) == 2
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["needs"] == "build"
    assert "with" not in jobs["publish"]["steps"][-1]


def test_version_is_printed_as_the_release_expects() -> None:
    from mtango_ref import __version__

    assert run("--version")[1] == f"mtango-ref, version {__version__}\n"


FORMS = sorted(path for path in GITHUB.glob("ISSUE_TEMPLATE/*.yml") if path.name != "config.yml")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_form_has_what_github_asks_for(path: Path) -> None:
    form: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    assert {*form} == {"name", "description", "labels", "body"}
    fields = [each for each in form["body"] if each["type"] != "markdown"]
    ids = [each["id"] for each in fields]
    assert len(ids) == len({*ids}) > 0
    for each in fields:
        assert each["type"] in ("input", "textarea", "dropdown")
        assert each["attributes"]["label"]
        assert ("options" in each["attributes"]) == (each["type"] == "dropdown")


def test_there_is_a_form_for_each_kind_of_issue() -> None:
    assert [path.stem for path in FORMS] == ["bug", "deviation", "question"]


def test_hooks_have_the_version_of_the_constraints() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    [repository] = hooks["repos"]
    assert f"ruff=={repository['rev'].removeprefix('v')}" in CONSTRAINTS.splitlines()


def test_addresses_of_the_project_are_on_one_site() -> None:
    urls = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    assert {*urls} == {"Homepage", "Documentation", "Changelog", "Issues"}
    assert all(url.startswith(urls["Homepage"]) for url in urls.values())
