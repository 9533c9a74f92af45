"""The effects of DataBaseds' tables on properties: they are MariaDB's, or MySQL's.

DataBaseds 9.3.4 escapes the lines of a property and puts names into SQL as they come. Before it
writes a property it deletes all whose device, attribute and name are LIKE these: _ is any
character, and % any text. A table has characters that it knows, and cuts what is too long.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import tango

from mtango_ref.backends.pytango import gate
from mtango_ref.backends.pytango.values import text
from mtango_ref.names import lower

_ENCODINGS = {
    # MySQL's latin1 is Windows-1252, which has these five as control characters.
    "latin1": "cp1252",
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "utf8": "utf-8",
}
_UNDEFINED = re.compile("[\x81\x8d\x8f\x90\x9d]")
_BEYOND_THREE_BYTES = re.compile("[\U00010000-\U0010ffff]")
_UNESCAPED = re.compile("\\\\['\"]")
"""A quote that DataBaseds takes for one that is escaped already."""
_ALWAYS = 255
"""Characters that any table has room for."""
_PYTHON = "PyDs_"
"""The beginning of the reasons of a database in Python, which knows nothing of MariaDB."""


@dataclass(frozen=True)
class Tables:
    """The tables of properties: `charset` and size (bytes) of a line, and the charset of the
    connection through which DataBaseds writes."""

    charset: str
    octets: int
    connection: str

    def misfit(self, name: str, lines: Sequence[str]) -> str | None:
        """Say why a property would be cut or changed; None if it is not."""
        # MariaDB, PAD SPACE: blanks at the end do not count where texts are compared.
        if name.endswith(" "):
            return "the database takes a name with blanks at its end for the one without"
        if self._encoded(name) is None:
            return f"the database's tables know {self.charset} alone"
        for line in lines:
            encoded = self._encoded(line)
            # With sql_mode='', which DataBaseds needs for its dates, MariaDB writes `?` and warns.
            if encoded is None:
                return f"the database's tables know {self.charset} alone"
            # DataBaseds 9.3.4 escapes no quote behind a backslash: MariaDB reads the two as one.
            if _UNESCAPED.search(line):
                return "the database takes away a backslash before a quote"
            # TEXT: its size is in bytes, and what is beyond is cut with a warning.
            if len(encoded) > self.octets:
                return f"the database's tables cut a line after {self.octets} bytes"
        return None

    def _encoded(self, line: str) -> bytes | None:
        # What is written as the bytes that they are comes back as these.
        if self.connection == self.charset == "latin1":
            return line.encode()
        encoding = _ENCODINGS.get(self.charset, "ascii")
        if encoding == "cp1252":
            line = _UNDEFINED.sub("?", line)
        elif self.charset != "utf8mb4" and _BEYOND_THREE_BYTES.search(line):
            return None
        try:
            return line.encode(encoding)
        except UnicodeEncodeError:
            return None  # MariaDB would write `?`

    def matched(
        self,
        proxy: tango.Database,
        keys: Mapping[str, str],
        name: str,
        concerned: Collection[str],
        *,
        wild: bool,
    ) -> list[str]:
        """List the properties that the database would delete with one, and that are none of the
        concerned (lower case) of its owner. wild: as it writes it, not as it deletes it."""
        table = "property_attribute_device" if "attribute" in keys else "property_device"
        rows = gate.find_rows(proxy, table, {**keys, "name": name}, wild=wild)
        owner = [lower(each) for each in keys.values()]
        found = [[text(each) for each in row] for row in rows]
        return [
            "/".join(row)
            for row in found
            if [*map(lower, row[:-1])] != owner or lower(row[-1]) not in concerned
        ]

    def is_like(self, pattern: str, name: str) -> bool:
        """Return True where writing one property may delete another one."""
        # MariaDB, latin1_swedish_ci: which letters are the same it alone knows.
        pieces = (
            ".*"
            if each == "%"
            else "."
            if each == "_" or not each.isascii()
            else f"(?:{re.escape(each)}|[^\\x00-\\x7f])"
            for each in lower(pattern)
        )
        return re.fullmatch("".join(pieces), lower(name), re.DOTALL) is not None


def is_plain(line: str) -> bool:
    """Return True for a line that any tables keep as it is."""
    return line.isascii() and len(line) < _ALWAYS and "\\" not in line


def find_tables(proxy: tango.Database) -> Tables | None:
    """Ask for the tables of DataBaseds; None of another database, which has no such limits."""
    try:
        charset, octets, connection = gate.describe_tables(proxy)
    except tango.DevFailed as error:
        # pytango-db puts the statement to SQLite, which has no information_schema.
        if not error.args[0].reason.startswith(_PYTHON):
            raise
        return None
    return Tables(charset, int(octets), connection)
