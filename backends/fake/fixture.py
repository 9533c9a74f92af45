"""A fixture file -> a checked Facility, or every mistake in it at once."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from importlib import resources
from operator import itemgetter
from pathlib import Path

from mtango_ref.backends.fake.checker import Checker
from mtango_ref.backends.fake.csv_columns import CsvFolder, Reads, unwatched
from mtango_ref.backends.fake.document import (
    MAX_BYTES,
    MAX_PROBLEMS,
    Document,
    DocumentError,
    Problem,
)
from mtango_ref.backends.fake.language import Facility
from mtango_ref.interface import BackendError

_PACKAGED_NAME = re.compile(r"\w{1,100}", re.ASCII)


class FixtureError(BackendError):
    """The fixture is wrong: a sentence, and below it one line for each of `problems`."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=itemgetter(0, 1, 2)))
        count = len(self.problems)
        mistakes = "1 mistake" if count == 1 else f"{count} mistakes"
        if count == MAX_PROBLEMS:
            mistakes += " or more"
        lines = [f"{source}:{line}:{column}: {text}" for line, column, text, _ in self.problems]
        super().__init__("\n".join([f"The fixture {source} has {mistakes}:", *lines]))


def load(name_or_path: str, reads: Reads = unwatched) -> Facility:
    """The checked facility of a packaged fixture (`tango_test`) or of a file (`my.yml`).

    FixtureError with every mistake; a file that cannot be read is one mistake. reads: is told
    of each file before it is read, be it there or not.
    """
    source, folder, raw = _read(name_or_path, reads)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = f"byte {error.start} is not UTF-8; expected YAML text in UTF-8"
        raise FixtureError(source, [Problem(line, column, what)]) from None
    return parse(text, source, folder, reads)


def _read(name_or_path: str, reads: Reads) -> tuple[str, Path, bytes]:
    """What to call the fixture, its folder, and its bytes, at most MAX_BYTES of them."""
    packaged = _packaged().get(name_or_path)
    reads(packaged or Path(name_or_path))
    if packaged is not None:
        return packaged.name, packaged.parent, packaged.read_bytes()
    try:
        raw = _bounded(name_or_path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        if _PACKAGED_NAME.fullmatch(name_or_path):
            why += f"; the packaged fixtures are: {', '.join(sorted(_packaged()))}"
        raise FixtureError(name_or_path, [Problem(1, 1, f"cannot be read: {why}")]) from None
    if len(raw) > MAX_BYTES:
        what = f"the file is too large; expected at most {MAX_BYTES} bytes"
        raise FixtureError(name_or_path, [Problem(1, 1, what)])
    return name_or_path, Path(name_or_path).parent, raw


def _packaged() -> dict[str, Path]:
    folder = Path(str(resources.files("mtango_ref.fixtures")))
    return {file.stem: file for file in folder.glob("*.yml")}


def _bounded(path: str) -> bytes:
    # A FIFO without a writer would hold up who opens it, a device give bytes for ever.
    with open(path, "rb", opener=_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a file; expected a YAML file")
        return file.read(MAX_BYTES + 1)


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # Windows has none, and no FIFO


def parse(text: str, source: str, folder: Path | None = None, reads: Reads = unwatched) -> Facility:
    """The facility that a YAML text describes; `source` is what FixtureError calls it, and
    `folder` where the CSV files are that it replays. reads: as in load."""
    try:
        document = Document(text)
    except DocumentError as error:
        raise FixtureError(source, error.problems) from None
    checker = Checker(document, CsvFolder(folder, reads))
    facility = checker.facility()
    if checker.problems:
        raise FixtureError(source, checker.problems)
    return facility
