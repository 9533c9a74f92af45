"""One door to the facility's database: whoever adds another one sees it here."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtango_ref.names import has_proxy, is_askable, lower

ROOT = Path(__file__).parents[2]
GATE = "backends/pytango/gate.py"
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("mtango_ref", "backends")
    for path in (ROOT / folder).rglob("*.py")
)

MAKING = {"DeviceProxy", "Database", "AttributeProxy", "Group", "get_device_proxy", "DbServerCache"}
"""What of PyTango's asks the database for a name as it is called."""


def doors(source: str) -> Iterator[str]:
    """Find calls that make a proxy of PyTango's, imports that would hide them, and names of the
    database's commands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "tango" and node.func.attr in MAKING:
                yield ast.unparse(node)
            first = node.args[0] if node.args else None
            if node.func.attr.startswith("command_inout") and not isinstance(first, ast.Name):
                subscripted = isinstance(first, ast.Subscript)  # at["command"], of a device
                if not subscripted:
                    yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and node.module == "tango":
            yield ast.unparse(node)
        elif isinstance(node, ast.Import):
            yield from (each.asname for each in node.names if each.name == "tango" and each.asname)


@pytest.mark.parametrize("source", [each for each in SOURCES if each != GATE])
def test_only_the_gate_asks_the_database(source: str) -> None:
    assert list(doors((ROOT / source).read_text("utf-8"))) == []


def test_doors_are_seen() -> None:
    assert {*doors((ROOT / GATE).read_text("utf-8"))} == {
        "tango.DeviceProxy(USUAL_NAME)",
        "tango.Database()",
        "tango.DeviceProxy(f'tango://{tango_host}/{device}')",
        "tango.DeviceProxy(device)",
    }
    assert [*doors("p.command_inout('DbInfo')\nfrom tango import Database\nimport tango as t")]


def test_commands_of_the_database_go_through_the_gate() -> None:
    """Of those who name one, all have it from gate.ask."""
    naming = {
        source
        for source in SOURCES
        for node in ast.walk(ast.parse((ROOT / source).read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(("DbGet", "DbImport", "DbPut", "DbAdd", "DbDelete"))
        and " " not in node.value
    }
    assert naming == {GATE, "backends/pytango/database.py", "mtango_ref/names.py"}


@pytest.mark.parametrize(
    "name",
    [
        *("'", '"', "`", "\\", "\0", "\x01", "\n", "\x7f", "\x85", "\u2028", "\ud800", "\udfff"),
        *("\u2018", "\u2019", "\u201c", "\u201e", "\xab", "\xbb", "\u2039", "\u300c", "\uff02"),
        *("\uff07", "\uff40", "\uff3c", "\ufe68", "\u02bc", "\u02b9", "\u2032", "\u2033", "\xb4"),
        *("\u1fef", "\u0149", "\xa5", "\u20a9", "\u2216"),
    ],
)
def test_what_is_not_asked(name: str) -> None:
    assert not is_askable(f"a/b/c{name}")
    assert not is_askable(f"{name}*")
    assert not has_proxy(f"a/b/{name}c")


def test_every_character_that_unicode_calls_a_quotation_mark() -> None:
    def is_quote(char: str) -> bool:
        name = unicodedata.name(char, "")
        marks = ("QUOTATION MARK", "APOSTROPHE", "REVERSE SOLIDUS", "GRAVE ACCENT", "ACUTE ACCENT")
        return unicodedata.category(char) in ("Cc", "Cs", "Pi", "Pf") or (
            any(mark in name for mark in marks)
            and not name.startswith(("TAG ", "COMBINING "))
            and unicodedata.category(char) not in ("Ll", "Lu", "Lo", "Mn")  # of letters
        )

    missed = {chr(number) for number in range(0x20000) if is_quote(chr(number))}
    assert {
        f"{ord(each):x} {unicodedata.name(each)}" for each in missed if is_askable(each)
    } == set()


@pytest.mark.parametrize(
    "name",
    ["sys/tg_test/1", "odd/q/w 1", "a:b", "a#b", "ä", "é", "日本", "a%_b", "*", "", ";--", "😀"],
)
def test_what_is_asked(name: str) -> None:
    assert is_askable(name)


def test_lower_case_is_of_ascii_only() -> None:
    assert [lower(name) for name in ("SYS/Tg", "ÄB", "\u212aX")] == ["sys/tg", "Äb", "\u212ax"]
