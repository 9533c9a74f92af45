"""One door to the facility's database: another one fails here."""

from __future__ import annotations

import ast
import re
import unicodedata
from pathlib import Path

import pytest

from mtango_ref.names import has_proxy, is_askable, lower, upper
from project.parsed import nodes, tree

ROOT = Path(__file__).parents[2]
GATE = "backends/pytango/gate.py"
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("mtango_ref", "backends")
    for path in (ROOT / folder).rglob("*.py")
)

MAKING = frozenset(
    {"DeviceProxy", "Database", "AttributeProxy", "Group", "get_device_proxy", "DbServerCache"}
    | {"get_attribute_proxy", "DeviceProxyHelper", "Util", "futures", "gevent", "asyncio"}
    | {"utils", "client", "databaseds", "server", "test_context"}
)
"""The names of PyTango's that ask the database for a name, and modules that lead to them."""

BY_NAME = frozenset(
    {"get_property", "put_property", "delete_property", "get_property_list", "get_device_db"}
)
"""Methods of PyTango's DeviceProxy that run commands of the database."""

OF_DATABASE = frozenset({"dev_name", "get_db_host", "get_db_port", "set_timeout_millis"})
"""Methods of a tango.Database that ask it for no name."""


_LEADS_THERE = re.compile(r"(?:py)?tango(?:\.|$)|importlib$", re.IGNORECASE)
"""Modules from which PyTango's names can be had under other names."""


class Doors(ast.NodeVisitor):
    """Finds, in a module, all that may ask a database of Tango for a name."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.databases: set[str] = set()
        """Expressions that are a tango.Database."""

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            hides_tango = each.name == "tango" and each.asname is not None
            if hides_tango or (each.name != "tango" and _LEADS_THERE.match(each.name)):
                self._find(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        resources_only = [each.name for each in node.names] == ["resources"]
        if _LEADS_THERE.match(node.module or "") and not resources_only:
            self._find(node)

    def visit_arg(self, node: ast.arg) -> None:
        if node.annotation and ast.unparse(node.annotation) == "tango.Database":
            self.databases.add(node.arg)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if ast.unparse(node.annotation) == "tango.Database":
            self.databases.add(ast.unparse(node.target))
        self._visit_all(node.target, node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        value = ast.unparse(node.value)
        if "gate.database" in value or value.startswith("tango.Database("):
            self.databases |= {ast.unparse(each) for each in node.targets}
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.visit(node.args)
        self._visit_all(*node.decorator_list, *node.body)  # what it returns is an annotation

    def visit_Call(self, node: ast.Call) -> None:
        if ast.unparse(node.func) == "hasattr":
            return
        if ast.unparse(node.func) == "__import__":
            self._find(node)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        owner = ast.unparse(node.value)
        if owner == "tango.DeviceProxy":
            # A method that is handed on, to be called with a proxy: but none that makes one.
            if node.attr.startswith("__") or _asks(node.attr):
                self._find(node)
        elif (
            (owner == "tango" and node.attr in MAKING)
            or (owner in self.databases and node.attr not in OF_DATABASE)
            or _asks(node.attr)
        ):
            self._find(node)
        elif owner != "tango":
            self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id == "tango":  # the module itself, handed on
            self._find(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.startswith("command_inout"):
            self._find(node)

    def _visit_all(self, *nodes: ast.AST | None) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def _find(self, node: ast.AST) -> None:
        self.found.append(ast.unparse(node))


def _asks(method: str) -> bool:
    """Name the methods of a proxy that run a command; PyTango has one for each command, too."""
    return (
        method in BY_NAME
        or method.startswith("command_inout")
        or re.fullmatch("db(get|put|add|delete|import|export|info|my).*", method.lower())
        is not None
    )


def doors(source: str) -> list[str]:
    """Find all that may ask a database of Tango for a name, sorted."""
    finder = Doors()
    finder.visit(tree(source))
    return sorted(finder.found)


KNOWN = {
    GATE: [
        "proxy.command_inout",
        "proxy.command_inout",
        "proxy.command_inout",
        "proxy.set_transparency_reconnection",
        "tango.Database",
        "tango.DeviceProxy",
        "tango.DeviceProxy",
    ],
    # Modules of its own.
    "mtango_ref/tools/importer/importing.py": ["from importlib import import_module"],
    # Commands of a device; gate.check_command sees first that it is no database.
    "backends/pytango/device.py": ["proxy.command_inout_raw", "proxy.command_inout_raw"],
    # Those of our own interface, which are for devices.
    "backends/fake/proxy.py": ["self.reached().command_inout"],
    "mtango_ref/http/resources/commands.py": ["device.command_inout", "device.command_inout"],
}
"""All that there are, by file."""


def test_only_the_gate_asks_the_database() -> None:
    found = {source: doors((ROOT / source).read_text("utf-8")) for source in SOURCES}
    assert {source: each for source, each in found.items() if each} == KNOWN


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("tango.DeviceProxy(name)", "tango.DeviceProxy"),
        ("tango.Database().get_device_info(name)", "tango.Database"),
        ("make = tango.DeviceProxy", "tango.DeviceProxy"),
        ("call(tango.DeviceProxy, name)", "tango.DeviceProxy"),
        ("tango.AttributeProxy(name)", "tango.AttributeProxy"),
        ("tango.Group('g').add(name)", "tango.Group"),
        ("tango.client.Object(name)", "tango.client"),
        ("tango.DeviceProxy.__new__(tango.DeviceProxy)", "tango.DeviceProxy.__new__"),
        ("tango.DeviceProxy.get_property", "tango.DeviceProxy.get_property"),
        ("tango.DeviceProxy.command_inout", "tango.DeviceProxy.command_inout"),
        ("tango.Database.get_device_info", "tango.Database"),
        ("getattr(tango, 'Data' + 'base')", "tango"),
        ("vars(tango)['Database']", "tango"),
        ("hidden = tango", "tango"),
        ("import tango as hidden", "import tango as hidden"),
        ("import tango.client", "import tango.client"),
        ("import PyTango", "import PyTango"),
        ("from tango import Database", "from tango import Database"),
        ("from tango.client import Object", "from tango.client import Object"),
        ("import importlib", "import importlib"),
        ("from importlib import import_module", "from importlib import import_module"),
        ("__import__('tango')", "__import__('tango')"),
        ("p.command_inout('DbInfo')", "p.command_inout"),
        ("p.command_inout(command)", "p.command_inout"),
        ("p.command_inout(at['command'])", "p.command_inout"),
        ("run = p.command_inout_asynch", "p.command_inout_asynch"),
        ("getattr(p, 'command_inout')(name)", "'command_inout'"),
        ("p.DbGetDeviceInfo(name)", "p.DbGetDeviceInfo"),
        ("p.dbimportdevice(name)", "p.dbimportdevice"),
        ("p.get_property(name)", "p.get_property"),
        ("p.get_device_db()", "p.get_device_db"),
        ("def f(p: tango.Database, n): p.get_device_info(n)", "p.get_device_info"),
        ("async def f(p: tango.Database, n): p.get_alias(n)", "p.get_alias"),
        ("p: tango.Database = x\np.get_alias(n)", "p.get_alias"),
        ("self.p = call(gate.database, 3)\nself.p.get_alias(n)", "self.p.get_alias"),
        ("f = lambda: tango.DeviceProxy(name)", "tango.DeviceProxy"),
    ],
)
def test_doors_are_seen(source: str, found: str) -> None:
    assert found in doors(source)


@pytest.mark.parametrize(
    "source",
    [
        "import tango",
        "def f(p: tango.DeviceProxy) -> tango.Database: ...",
        "p: tango.DeviceProxy | None = None",
        "ask(tango.DeviceProxy.ping)",
        "hasattr(tango.DeviceProxy, 'read_pipe')",
        "getattr(tango.CmdArgType, name)",
        "except_ = tango.DevFailed",
        "import tango_simlib",
        "def f(p: tango.Database): p.dev_name()",
    ],
)
def test_what_asks_nothing_is_no_door(source: str) -> None:
    assert doors(source) == []


NAMING = re.compile(r"db(\w*)", re.IGNORECASE)
"""The name of a command of the database, whole or its beginning."""


def test_only_the_gate_runs_commands_of_the_database() -> None:
    """Code that names one, or a part of one, has it from gate.ask."""
    naming = {
        source
        for source in SOURCES
        for node in nodes((ROOT / source).read_text("utf-8"))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and NAMING.fullmatch(node.value)
        and not node.value.startswith("DB_")  # a reason
    }
    of_database = {f"backends/pytango/{each}.py" for each in ("database", "properties")}
    assert naming == {GATE, *of_database, "mtango_ref/names.py"}


@pytest.mark.parametrize(
    "name",
    [
        *("'", '"', "`", "\\", "\0", "\x01", "\n", "\x7f", "\x85", "\u2028", "\ud800", "\udfff"),
        *("\u2018", "\u2019", "\u201c", "\u201e", "\xab", "\xbb", "\u2039", "\u300c", "\uff02"),
        *("\uff07", "\uff40", "\uff3c", "\ufe68", "\u02bc", "\u02b9", "\u2032", "\u2033", "\xb4"),
        *("\u1fef", "\u0149", "\xa5", "\u20a9", "\u2216"),
    ],
)
def test_unsafe_names_are_not_asked(name: str) -> None:
    assert not is_askable(f"a/b/c{name}")
    assert not is_askable(f"{name}*")
    assert not has_proxy(f"a/b/{name}c")


def test_quotation_marks_of_unicode_are_unsafe() -> None:
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
def test_safe_names_are_asked(name: str) -> None:
    assert is_askable(name)


def test_upper_case_is_of_ascii_only() -> None:
    assert [upper(name) for name in ("sys/Tg", "äb", "ßx")] == ["SYS/TG", "äB", "ßX"]


def test_lower_case_is_of_ascii_only() -> None:
    assert [lower(name) for name in ("SYS/Tg", "ÄB", "\u212aX")] == ["sys/tg", "Äb", "\u212ax"]
