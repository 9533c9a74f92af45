"""Columns of the CSV files beside a fixture, read within stated limits."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any, NamedTuple

from mtango_ref.json_values import WrongValue, shown

MAX_FILE_BYTES = 10_000_000
MAX_ROWS = 1_000_000
MAX_ALL_BYTES = 100_000_000
"""Read for a fixture, of a file anew for each use that is not like another."""
MAX_ALL_ROWS = 3_000_000
"""Kept for a fixture."""


Reads = Callable[[Path], object]


def unwatched(_: Path) -> None:
    """Nobody wants to know what is read."""


class Column(NamedTuple):
    """What is wanted of a CSV file: a column by its name in the header, or its number from 1."""

    where: str | int
    convert: Callable[[str], Any]
    """The value of a cell; WrongValue."""


class CsvFolder:
    """The folder of a fixture file; it gives nothing from outside of it.

    What was read is kept, so that what is played is what was checked.
    """

    def __init__(self, folder: Path | None, reads: Reads = unwatched) -> None:
        """folder: None of a fixture that is not a file, and can have no CSV beside it. reads:
        is told of each file before it is read."""
        self._folder = folder
        self._reads = reads
        self._known: dict[Hashable, list[list[Any]] | str] = {}
        self._bytes, self._rows = MAX_ALL_BYTES, MAX_ALL_ROWS

    def columns(self, file: str, wanted: Sequence[Column], kind: Hashable) -> list[list[Any]]:
        """The values of each column, of at least one row. There is a header if one of the
        columns is told by name. WrongValue, with the line in the file.

        kind: what the conversions depend on; the same is read once.
        """
        key = (file, *(column.where for column in wanted), kind)
        if key not in self._known:
            try:
                self._known[key] = self._read(file, wanted)
            except WrongValue as error:
                self._known[key] = str(error)
        known = self._known[key]
        if isinstance(known, str):
            raise WrongValue(known)
        return known

    def _read(self, file: str, wanted: Sequence[Column]) -> list[list[Any]]:
        columns: list[list[Any]] = [[] for _ in wanted]
        for row in _rows(file, self._text(file), wanted):
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        if not columns[0]:
            raise WrongValue(f"{file} has no rows; expected at least one")
        self._rows -= len(columns[0])
        if self._rows < 0:
            raise WrongValue(f"too many rows; expected at most {MAX_ALL_ROWS} in all files")
        return columns

    def _text(self, file: str) -> str:
        raw = self._raw(file)
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            start, why = error.start, "not UTF-8"
        else:
            if "\0" not in text:
                return text
            start, why = raw.index(0), "NUL"
        line = raw.count(b"\n", 0, start) + 1
        raise WrongValue(f"{file}, line {line}: byte {start} is {why}; expected text in UTF-8")

    def _raw(self, file: str) -> bytes:
        path = self._path(file)
        self._reads(path)
        try:
            # A pipe or a device could give bytes for ever, or none.
            if path.exists() and not path.is_file():
                raise WrongValue(f"{file} is not a file; expected a CSV file")
            with path.open("rb") as opened:
                raw = opened.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            what = f"cannot be read: {error.strerror}; expected a CSV file beside the fixture"
            raise WrongValue(f"{shown(file)} {what}") from None
        self._bytes -= len(raw)
        if self._bytes < 0:
            raise WrongValue(f"too much to read; expected at most {MAX_ALL_BYTES} bytes in all")
        if len(raw) > MAX_FILE_BYTES:
            raise WrongValue(f"{file} is too large; expected at most {MAX_FILE_BYTES} bytes")
        return raw

    def _path(self, file: str) -> Path:
        if self._folder is None:
            raise WrongValue(f"{shown(file)} is beside nothing; expected the fixture to be a file")
        # By Windows' rules everything is a drive, a root or .. that is one on any system.
        written = PureWindowsPath(file)
        if written.drive or written.root or {"..", ""} & {*written.parts, file} or "\0" in file:
            raise WrongValue(f"{shown(file)} does not fit; expected a path below the fixture's")
        folder = self._folder.resolve()
        try:
            path = (folder / file).resolve()
        except (OSError, RuntimeError):  # of links in a circle; Python 3.13 lets them be
            path = folder / file
        if not path.is_relative_to(folder):
            raise WrongValue(f"{file} leads elsewhere; expected a file in the fixture's folder")
        return path


def _rows(file: str, text: str, wanted: Sequence[Column]) -> Iterator[list[Any]]:
    """The wanted values row by row. WrongValue, with the line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from _values(reader, wanted)
    except csv.Error as error:
        raise WrongValue(f"{file}, line {reader.line_num}: no CSV: {error}") from None
    except WrongValue as error:
        raise WrongValue(f"{file}, line {max(reader.line_num, 1)}: {error}") from None


def _values(reader: Iterator[list[str]], wanted: Sequence[Column]) -> Iterator[list[Any]]:
    indices = _indices(reader, wanted)
    converts = [(index, column.convert) for index, column in zip(indices, wanted, strict=True)]
    for count, row in enumerate(filter(None, reader)):
        if count == MAX_ROWS:
            raise WrongValue(f"too many rows; expected at most {MAX_ROWS}")
        if len(row) <= max(indices):
            raise WrongValue(f"{len(row)} cells; expected at least {max(indices) + 1}")
        yield [convert(row[index]) for index, convert in converts]


def _indices(reader: Iterator[list[str]], columns: Sequence[Column]) -> list[int]:
    """Where the columns are in a row; reads the header, if there is to be one."""
    names = [column.where for column in columns if isinstance(column.where, str)]
    header = [cell.strip() for cell in next(filter(None, reader), [])] if names else []
    for name in names:
        if header.count(name) != 1:
            known = f"one of {', '.join(map(shown, header[:40]))}" if header else "a header"
            count = header.count(name) or "no"
            raise WrongValue(f"{count} columns {shown(name)}; expected {known}")
    return [
        header.index(where) if isinstance(where, str) else where - 1
        for where in (column.where for column in columns)
    ]
