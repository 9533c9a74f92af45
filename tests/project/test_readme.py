"""The commands of the README and of the manual are run, and their output compared."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

import pytest

from forked import CAN_FORK, MTANGO_REF, Forked
from mtango_ref import manual
from mtango_ref.fixture.loading import parse
from mtango_ref.settings.limits import Limits
from mtango_ref.settings.model import Settings, expected
from ports import free_port
from program import TIMEOUT

if TYPE_CHECKING:
    from facility import Facility

ROOT = Path(__file__).parents[2]
PAPERS = {
    "README.md": (ROOT / "README.md").read_text("utf-8"),
    **{f"{name}.md": manual.markdown(name) for name in manual.PAGES},
}

MOVING = re.compile(r'("(?:value|timestamp)":) ?-?\d[\d.e+-]*')
"""Numbers in the output that differ each time."""


class Step(NamedTuple):
    """A command and what it prints, "..." standing for anything."""

    command: str
    output: str


def sections() -> Iterator[tuple[str, str]]:
    """Yield (paper, section) of each section with a command."""
    for paper, text in PAPERS.items():
        for section in re.findall(r"^## (.+)$", text, re.MULTILINE):
            if list(steps(paper, section)):
                yield paper, section


def steps(paper: str, section: str) -> Iterator[Step]:
    """Yield the commands of a section, `$ command` in its blocks marked `console`."""
    text = PAPERS[paper].partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    assert text, f"{paper} has no section {section!r}"
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for command, output in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            yield Step(command, output)


class Shell:
    """Plays the commands of a section; `swaps`: text of the paper -> what it is here."""

    def __init__(self, swaps: dict[str, str], folder: Path, stack: ExitStack) -> None:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": path, "COLUMNS": "100"}
        self._swaps, self._folder, self._stack = swaps, folder, stack

    def play(self, command: str) -> str:
        """Return what a command prints, or the first line of one that goes on in the background."""
        for written, here in self._swaps.items():
            command = command.replace(written, here)
        if assignment := re.fullmatch(r"(\w+)=(\S+)", command):
            value = Template(assignment[2]).substitute(self._environment)
            self._environment[assignment[1]] = value
            return ""
        output = self._start(command[:-2]) if command.endswith(" &") else self._run(command)
        for written, here in self._swaps.items():
            output = output.replace(here, written)
        return output if output.endswith("\n") or not output else output + "\n"

    def _run(self, command: str) -> str:
        if arguments := program(command):
            return self._run_forked(arguments)
        process = self._process(command)
        with process:
            return process.communicate(timeout=TIMEOUT)[0]

    def _start(self, command: str) -> str:
        self._stack.close()  # one at a time: what a section starts next has the same port
        if arguments := program(command):
            return self._start_forked(arguments)
        process = self._stack.enter_context(self._process(f"exec env {command}"))
        self._stack.callback(process.terminate)
        assert process.stdout is not None
        return process.stdout.readline()

    def _run_forked(self, arguments: list[str]) -> str:
        with tempfile.TemporaryFile() as output:
            self._forked(arguments, output.fileno()).wait(TIMEOUT)
            output.seek(0)
            return output.read().decode()

    def _start_forked(self, arguments: list[str]) -> str:
        reading, writing = os.pipe()
        output = self._stack.enter_context(os.fdopen(reading, encoding="utf-8"))
        process = self._forked(arguments, writing)
        os.close(writing)
        self._stack.callback(process.wait, TIMEOUT)
        self._stack.callback(process.send_signal, signal.SIGTERM)
        return output.readline()

    def _forked(self, arguments: list[str], output: int) -> Forked:
        return Forked(MTANGO_REF, arguments, self._environment, str(self._folder), (output, output))

    def _process(self, command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", "-c", command],
            env=self._environment,
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )


def program(command: str) -> list[str]:
    """Return the arguments of our program where the command is that alone, and no shell's.

    A fork is the program then: test_cli and test_serve start it as it is installed.
    """
    name, *arguments = shlex.split(command)
    is_alone = CAN_FORK and name == "mtango-ref" and not set(command) & set("|&;<>$`*?~(")
    return arguments if is_alone else []


def play(
    paper: str, section: str, folder: Path, swaps: dict[str, str], workers: int | None = None
) -> None:
    port = str(free_port())
    with ExitStack() as stack:
        shell = Shell({"8000": port, **swaps}, folder, stack)
        shell.play(f"MTANGO_PORT={port}")
        if workers:
            shell.play(f"MTANGO_WORKERS={workers}")
        for step in steps(paper, section):
            got = shell.play(step.command)
            wanted, had = (MOVING.sub(r"\1 N", text) for text in (step.output, got))
            alike = doctest.OutputChecker().check_output(wanted, had, doctest.ELLIPSIS)
            assert alike, f"$ {step.command}\n{got}\nbut {paper} says\n{step.output}"


SECTIONS = list(sections())
ON_TANGO = [
    ("README.md", "A real facility"),
    ("recording.md", "Record a facility"),
    ("operating.md", "Start and stop"),
]
ON_THE_FAKE = [each for each in SECTIONS if each not in ON_TANGO]

# The README has all cases asked.
SHORTER = {("conformance.md", "Run it"): {"--time 0": "--time 0 --only events"}}

needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None and not os.environ.get("CI"), reason="the papers use curl"
)


@needs_curl
@pytest.mark.parametrize(("paper", "section"), ON_THE_FAKE)
def test_commands_on_the_fake_print_what_is_written(
    paper: str, section: str, tmp_path: Path
) -> None:
    play(paper, section, tmp_path, SHORTER.get((paper, section), {}))


@needs_curl
@pytest.mark.tango
@pytest.mark.parametrize(("paper", "section"), ON_TANGO)
def test_commands_on_a_real_facility_print_what_is_written(
    paper: str, section: str, tmp_path: Path, facility: Facility
) -> None:
    swaps = {"localhost:10000": facility.tango_host}
    # Four by default, of which none prints anything else.
    play(paper, section, tmp_path, swaps, workers=1)


def test_every_command_is_played() -> None:
    count = sum(len(list(steps(*each))) for each in SECTIONS)
    written = sum(len(re.findall(r"^\$ ", text, re.MULTILINE)) for text in PAPERS.values())
    assert count == written
    assert count > 60
    assert {*ON_TANGO} <= {*SECTIONS}


def test_readme_is_short() -> None:
    assert len(PAPERS["README.md"].splitlines()) <= 200


def test_example_of_the_language_has_its_devices() -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", "".join(PAPERS.values()), re.DOTALL)
    assert [*parse(text, "fixtures.md").devices] == [
        "lab/furnace/1",
        "lab/furnace/2",
        "sim/control/1",
    ]


def test_tables_of_settings_are_what_the_settings_say() -> None:
    assert settings_table("Settings") == written_table(set(Settings.model_fields) - LIMITS)
    assert settings_table("Limits") == written_table(LIMITS)


LIMITS = set(Limits.model_fields)


def settings_table(section: str) -> str:
    text = PAPERS["settings.md"].partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return "\n".join(line for line in text.splitlines() if line.startswith("|"))


def written_table(names: set[str]) -> str:
    lines = ["| setting | default | values | what it is |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        if name not in names:
            continue
        default = "" if field.default in (None, ()) else f"`{_as_text(field.default)}`"
        lines.append(f"| `{name}` | {default} | {expected(name)} | {field.description} |")
    return "\n".join(lines)


def _as_text(default: object) -> str:
    if isinstance(default, tuple):
        return ", ".join(default)
    return str(default).lower() if isinstance(default, bool) else str(default)
