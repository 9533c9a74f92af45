"""The image of the Dockerfile where no container engine runs: its steps in copies of a folder.

The folder is a minimal Debian with a Python, by debootstrap, in place of the base image that the
Dockerfile names. Namespaces and chroot stand in for the engine, which takes Linux and its root.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from string import Template
from typing import NamedTuple

PROJECT = Path(__file__).parents[2]
PACKAGES = "python3.11,python3.11-venv,python3-distutils,ca-certificates"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
NEEDED = ("debootstrap", "unshare", "chroot", "mount")
"""The programs that all of this takes."""

# As an engine runs it with --read-only: nothing may be written, and it is process 1.
CONTAINER = """\
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
exec chroot --userspec="$2" "$1" env -i -- "${@:3}"
"""


class Instruction(NamedTuple):
    """A line of a Dockerfile."""

    name: str
    options: dict[str, str]
    text: str


def instructions(text: str) -> Iterator[Instruction]:
    """Read a Dockerfile, without parser directives and here-documents."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if found := re.fullmatch(r"(\w+)((?: +--\S+)*) +(.*)", line.strip()):
            options = dict(each[2:].split("=", 1) for each in found[2].split())
            yield Instruction(found[1], options, found[3])


@dataclass
class Stage:
    """A stage: a folder, and how what runs in it begins."""

    root: Path
    environ: dict[str, str] = field(default_factory=lambda: {"PATH": PATH, "HOME": "/"})
    folder: str = "/"
    user: str = "0:0"
    entry: Sequence[str] = ()
    healthcheck: Sequence[str] = ()

    def container(self, command: Sequence[str], environ: Mapping[str, str]) -> list[str]:
        """Return what runs a command as an engine does, with more of an environment."""
        given = [f"{name}={text}" for name, text in {**self.environ, **environ}.items()]
        isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-ec"]
        return [*isolated, CONTAINER, "bash", str(self.root), self.user, *given, *command]


def make_base(folder: Path) -> None:
    """Make the folder that stands in for the base image, which takes minutes."""
    mirror = ["--variant=minbase", f"--include={PACKAGES}", "bookworm", str(folder)]
    subprocess.run(["debootstrap", *mirror], check=True, stdout=subprocess.DEVNULL)
    (folder / "usr/local/bin/python").symlink_to("/usr/bin/python3.11")


def build(base: Path, folder: Path) -> Stage:
    """Build the image below a folder; its last stage."""
    stages: dict[str, Stage] = {}
    stage = Stage(base)
    for number, each in enumerate(instructions((PROJECT / "Dockerfile").read_text("utf-8"))):
        if each.name == "FROM":
            image, _, name = each.text.partition(" AS ")
            assert image == "python:${PYTHON}-slim-bookworm"
            stage = stages[name] = Stage(folder / f"{number}")
            subprocess.run(["cp", "-a", str(base), str(stage.root)], check=True)
        elif each.name != "ARG":
            _DO[each.name](stage, each, stages)
    return stage


def _run(stage: Stage, each: Instruction, _: Mapping[str, Stage]) -> None:
    """Run a command with this machine's way to the packages."""
    for file in ("etc/resolv.conf", CERTIFICATES):
        shutil.copy(f"/{file}", stage.root / file)
    environ = {**stage.environ, "PIP_CERT": f"/{CERTIFICATES}", "PIP_QUIET": "1"}
    command = f"cd {stage.folder} && {each.text}"
    subprocess.run(
        ["chroot", f"--userspec={stage.user}", str(stage.root), "sh", "-c", command],
        env=environ,
        check=True,
    )


def _copy(stage: Stage, each: Instruction, stages: Mapping[str, Stage]) -> None:
    source, target = each.text.split()
    if "from" in each.options:
        origin = stages[each.options["from"]].root / source.lstrip("/")
        subprocess.run(["cp", "-aT", str(origin), f"{stage.root}{target}"], check=True)
        return
    assert (source, target) == (".", ".")
    for name in context():
        copied = stage.root / stage.folder.lstrip("/") / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, copied)


def context() -> Iterator[Path]:
    """Find the files of the checkout that .dockerignore leaves."""
    patterns = (PROJECT / ".dockerignore").read_text("utf-8").split()
    for root in sorted({each.lstrip("!").split("/")[0] for each in patterns if each[0] == "!"}):
        for path in [PROJECT / root, *(PROJECT / root).rglob("*")]:
            name = path.relative_to(PROJECT)
            if path.is_file() and not _is_ignored(name, patterns):
                yield name


def _is_ignored(name: Path, patterns: Sequence[str]) -> bool:
    """Apply the patterns to a file and the folders that it is in; the last that fits counts."""
    ignored = False
    for pattern in patterns:
        wanted = pattern.removeprefix("!")
        for each in map(str, (name, *name.parents)):
            deep = wanted.startswith("**/") and fnmatch(f"/{each}", f"*/{wanted[3:]}")
            if deep or (each.count("/") == wanted.count("/") and fnmatch(each, wanted)):
                ignored = not pattern.startswith("!")
    return ignored


def _env(stage: Stage, each: Instruction, _: Mapping[str, Stage]) -> None:
    for word in shlex.split(each.text):
        name, text = word.split("=", 1)
        stage.environ[name] = Template(text).substitute(stage.environ)


def _workdir(stage: Stage, each: Instruction, _: Mapping[str, Stage]) -> None:
    stage.folder = each.text
    (stage.root / each.text.lstrip("/")).mkdir(parents=True, exist_ok=True)


def _user(stage: Stage, each: Instruction, _: Mapping[str, Stage]) -> None:
    stage.user = each.text


def _entrypoint(stage: Stage, each: Instruction, _: Mapping[str, Stage]) -> None:
    stage.entry = json.loads(each.text)


def _healthcheck(stage: Stage, each: Instruction, _: Mapping[str, Stage]) -> None:
    stage.healthcheck = json.loads(each.text.removeprefix("CMD "))


def _nothing(stage: Stage, each: Instruction, _: Mapping[str, Stage]) -> None:
    """Leave ports alone: the network is this machine's."""


_DO = {
    "RUN": _run,
    "COPY": _copy,
    "ENV": _env,
    "WORKDIR": _workdir,
    "USER": _user,
    "ENTRYPOINT": _entrypoint,
    "HEALTHCHECK": _healthcheck,
    "EXPOSE": _nothing,
}
