"""The guide for contributors names what there is."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
TREE = re.findall(r"^    (\S+) +\S", GUIDE, re.MULTILINE)


def test_all_that_is_named_exists() -> None:
    named = [*TREE, *re.findall(r"`([\w./]+/[\w./]*|\w+\.md)`", GUIDE)]
    assert len(named) > 40
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_folder_of_sources_has_its_line() -> None:
    sources = [
        file
        for folder in ("mtango_ref", "backends", "fixtures", "swagger")
        for file in (ROOT / folder).rglob("*.py")
    ]
    folders = {file.parent.relative_to(ROOT).as_posix() + "/" for file in sources}
    below = {"mtango_ref/", "mtango_ref/tools/importer/", "mtango_ref/tools/recorder/"}
    assert folders - {*TREE} == below
