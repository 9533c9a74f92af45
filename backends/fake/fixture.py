"""A fixture file -> a checked Facility, or every mistake in it at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from mtango_ref.backends.fake.checker import Checker
from mtango_ref.backends.fake.csv_columns import CsvFolder
from mtango_ref.backends.fake.document import MAX_BYTES, Document, DocumentError, Problem
from mtango_ref.backends.fake.language import Facility
from mtango_ref.interface import BackendError

MAX_SHOWN = 100
"""Problems beyond this number are only counted in the text."""

_PACKAGED_NAME = re.compile(r"\w{1,100}", re.ASCII)


class FixtureError(BackendError):
    """The fixture is wrong: a sentence, and below it one line for each of `problems`."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        lines = [f"{source}:{line}: {text}" for line, text in self.problems[:MAX_SHOWN]]
        if count > MAX_SHOWN:
            lines.append(f".. and {count - MAX_SHOWN} more")
        mistakes = "1 mistake" if count == 1 else f"{count} mistakes"
        super().__init__("\n".join([f"The fixture {source} has {mistakes}:", *lines]))


def load(name_or_path: str) -> Facility:
    """The checked facility of a packaged fixture (`tango_test`) or of a file (`my.yml`).

    FixtureError with every mistake; a file that cannot be read is one mistake.
    """
    source, folder, raw = _read(name_or_path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start} is not UTF-8; expected YAML text in UTF-8"
        raise FixtureError(source, [Problem(line, what)]) from None
    return parse(text, source, folder)


def _read(name_or_path: str) -> tuple[str, Path, bytes]:
    """What to call the fixture, its folder, and its bytes, at most MAX_BYTES of them."""
    packaged = _packaged().get(name_or_path)
    if packaged is not None:
        return packaged.name, packaged.parent, packaged.read_bytes()
    try:
        raw = _bounded(Path(name_or_path))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        if _PACKAGED_NAME.fullmatch(name_or_path):
            why += f"; the packaged fixtures are: {', '.join(sorted(_packaged()))}"
        raise FixtureError(name_or_path, [Problem(1, f"cannot be read: {why}")]) from None
    if len(raw) > MAX_BYTES:
        what = f"the file is too large; expected at most {MAX_BYTES} bytes"
        raise FixtureError(name_or_path, [Problem(1, what)])
    return name_or_path, Path(name_or_path).parent, raw


def _packaged() -> dict[str, Path]:
    folder = Path(str(resources.files("mtango_ref.fixtures")))
    return {file.stem: file for file in folder.glob("*.yml")}


def _bounded(path: Path) -> bytes:
    # A pipe or a device could give bytes for ever, or none.
    if path.exists() and not path.is_file():
        raise ValueError("not a file; expected a YAML file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def parse(text: str, source: str, folder: Path | None = None) -> Facility:
    """The facility that a YAML text describes; `source` is what FixtureError calls it, and
    `folder` where the CSV files are that it replays."""
    try:
        document = Document(text)
    except DocumentError as error:
        raise FixtureError(source, error.problems) from None
    checker = Checker(document, CsvFolder(folder))
    facility = checker.facility()
    if checker.problems:
        raise FixtureError(source, checker.problems)
    return facility
