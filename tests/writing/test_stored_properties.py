"""Properties that a backend writes: as they were given, and nothing beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings

from conftest import REAL
from mtango_ref.interface import Backend
from mtango_ref.messages import cut
from mtango_ref.model import DevFailed
from writing.stored import BEYOND_LATIN, ESCAPED, ODD_LINES, REFUSED_NAMES, lines, names

if TYPE_CHECKING:
    from facility import Facility

D = "sys/tg_test/1"
A = "long_scalar"
FOUND: dict[str | None, dict[str, list[str]]] = {
    None: {"polled_attr": ["double_scalar", "500", "state", "500"]},
    A: {},
}
"""The properties that the device and its attribute have from the beginning."""
FIRST = {"first": ["1", "2"], "second": [""]}
EXAMPLES = {"FakeBackend": 40, "TangoBackend": 15}
"""Properties drawn, beside the odd ones of stored.py: the real facility takes its time."""
Tables = dict[str, list[str]]


class Store:
    """The properties of a device, or of one of its attributes, on one backend."""

    def __init__(self, backend: Backend, attribute: str | None) -> None:
        self.database, self.attribute = backend.database, attribute
        self.owner = D if attribute is None else f"{D}/{attribute}"

    def get(self) -> dict[str, list[str]]:
        if self.attribute is None:
            return self.database.get_device_property(D)
        return self.database.get_device_attribute_property(D, self.attribute)

    def put(self, properties: dict[str, list[str]]) -> None:
        if self.attribute is None:
            self.database.put_device_property(D, properties)
        else:
            self.database.put_device_attribute_property(D, self.attribute, properties)

    def delete(self, *names: str) -> None:
        if self.attribute is None:
            self.database.delete_device_property(D, names)
        else:
            self.database.delete_device_attribute_property(D, self.attribute, names)


@pytest.fixture(params=[None, A], ids=["device", "attribute"])
def store(request: pytest.FixtureRequest, backend: Backend) -> Iterator[Store]:
    store = Store(backend, request.param)
    before = store.get()
    store.put(FIRST)
    yield store
    store.delete(*(name for name in store.get() if name not in before))
    assert store.get() == before


@pytest.fixture
def read_tables(backend: Backend, request: pytest.FixtureRequest) -> Callable[[], Tables]:
    """Read all tables of the real database but the histories, without what writing touches."""
    if "fake" in request.node.callspec.id.split("-"):
        return dict
    facility: Facility = request.getfixturevalue("facility")

    def read() -> Tables:
        tables = facility.tables.tables()
        return {name: rows for name, rows in tables.items() if "hist" not in name}

    return read


@pytest.fixture
def mariadb(backend: Backend, request: pytest.FixtureRequest) -> bool:
    if "fake" in request.node.callspec.id.split("-"):
        return False
    facility: Facility = request.getfixturevalue("facility")
    return facility.tables.has_access_control


@contextmanager
def refused(owner: str, name: str, why: str, act: str = "written") -> Iterator[None]:
    with pytest.raises(DevFailed) as caught:
        yield
    assert [(each.reason, each.desc) for each in caught.value.errors] == [
        (
            "DB_IncorrectArguments",
            f"Property {cut(name)!r} of {owner} cannot be {act}: {why}",
        )
    ]


def others(tables: Tables, name: str) -> Tables:
    """Return the tables without the rows of one property."""
    return {table: [row for row in rows if name not in row] for table, rows in tables.items()}


def test_odd_lines_come_back(store: Store, read_tables: Callable[[], Tables]) -> None:
    before = read_tables()
    written = {f"written_{index}": ["x", line, line] for index, line in enumerate(ODD_LINES)}
    store.put(written)
    assert store.get() == dict(sorted({**FIRST, **FOUND[store.attribute], **written}.items()))
    # Lines with an end of a line are several in the dump.
    store.delete(*(name for name, lines in written.items() if not lines[1].isprintable()))
    assert others(read_tables(), "written_") == before
    store.delete(*written)
    assert read_tables() == before


@pytest.mark.parametrize("line", ESCAPED)
def test_backslash_before_a_quote_stays_or_is_refused(
    store: Store, mariadb: bool, line: str
) -> None:
    if mariadb:
        before = store.get()
        with refused(store.owner, "p", "the database takes away a backslash before a quote"):
            store.put({"first": ["x"], "p": [line]})
        assert store.get() == before
    else:
        store.put({"p": [line]})
        assert store.get()["p"] == [line]


def test_any_property_comes_back(backend: Backend, store: Store, mariadb: bool) -> None:
    @settings(max_examples=EXAMPLES[type(backend).__name__], deadline=None)
    @given(name=names, written=lines)
    @example(name="delete from", written=["x"])
    @example(name="a;b", written=["x"])
    @example(name="a--b#", written=["x"])
    def check(name: str, written: list[str]) -> None:
        if mariadb:
            written = [line.replace("\\", "/") for line in written]
        before = store.get()
        store.put({name: written})
        assert store.get() == dict(sorted({**before, name: written}.items()))
        store.delete(name)
        assert store.get() == before

    check()


@pytest.mark.parametrize("size", [65535, 65536])
def test_64_kib_come_back(store: Store, mariadb: bool, size: int) -> None:
    line = "'" + "x" * (size - 1)
    if mariadb and size > 65535:
        with refused(store.owner, "big", "the database's tables cut a line after 65535 bytes"):
            store.put({"big": [line], "small": ["x"]})
        assert store.get().keys().isdisjoint({"big", "small"})
    else:
        store.put({"big": [line]})
        assert store.get()["big"] == [line]


@pytest.mark.parametrize("line", BEYOND_LATIN)
def test_letters_that_tables_do_not_know_are_refused(
    store: Store, mariadb: bool, line: str
) -> None:
    before = store.get()
    if mariadb:
        for properties in ({"p": ["x", line]}, {line: ["x"]}):
            [name] = properties
            with refused(store.owner, name, "the database's tables know latin1 alone"):
                store.put(properties)
        assert store.get() == before
    else:
        store.put({"p": [line], line: ["x"]})
        assert store.get() == dict(sorted({**before, "p": [line], line: ["x"]}.items()))


@pytest.mark.parametrize("name", REFUSED_NAMES)
def test_name_that_cannot_be_asked_for_is_refused(
    store: Store, read_tables: Callable[[], Tables], name: str
) -> None:
    before = store.get(), read_tables()
    with refused(store.owner, name, REFUSED_NAMES[name]):
        store.put({"p": ["x"], name: ["x"]})
    with refused(store.owner, name, REFUSED_NAMES[name], "deleted"):
        store.delete("first", name)
    assert (store.get(), read_tables()) == before


@pytest.mark.parametrize("line", ["\0", "a\0b", "\ud800"])
def test_line_that_is_no_text_of_tango_is_refused(store: Store, line: str) -> None:
    before = store.get()
    why = f"element 1: {line!r} is not valid; expected text without NUL and lone surrogates"
    with refused(store.owner, "p", why):
        store.put({"p": ["x", line]})
    assert store.get() == before


def test_two_spellings_of_a_name_are_refused(store: Store) -> None:
    with refused(store.owner, "P", "it is given as 'p', too"):
        store.put({"p": ["x"], "P": ["y"]})


def test_written_property_keeps_its_spelling(store: Store) -> None:
    store.put({"FIRST": ["3"]})
    assert store.get()["first"] == ["3"]
    store.delete("First", "nope")
    assert "first" not in store.get()


def test_property_without_lines_is_none(store: Store) -> None:
    store.put({"first": [], "nope": []})
    assert store.get().keys().isdisjoint({"first", "nope"})


def test_name_with_a_wildcard_deletes_no_other(
    store: Store, mariadb: bool, read_tables: Callable[[], Tables]
) -> None:
    """DataBaseds deletes what is LIKE a name before it writes it."""
    store.put({"a_b": ["1"], "axb": ["2"], "a_": ["3"]})  # in an order in which all stay
    before = store.get(), read_tables()
    assert {"a_b": ["1"], "axb": ["2"]}.items() <= before[0].items()
    if mariadb:
        found = f"{store.owner}/axb"
        with refused(store.owner, "a_b", f"the database would delete {found!r}, too"):
            store.put({"a_b": ["3"]})
        assert (store.get(), read_tables()) == before
    else:
        store.put({"a_b": ["3"]})
        assert store.get() == {**before[0], "a_b": ["3"]}
    store.delete("a_b")
    assert store.get() == {name: lines for name, lines in before[0].items() if name != "a_b"}


@pytest.mark.parametrize("backend", [REAL], indirect=True)
@pytest.mark.parametrize("other", ["sys/tgxtest/1", "SYS/TG%"])
def test_properties_of_devices_alike_stay(backend: Backend, mariadb: bool, other: str) -> None:
    """The fake has no properties of devices that are not defined."""
    import tango

    database = tango.Database()
    database.put_device_property(other, {"alike": ["keep"]})
    try:
        if mariadb and "x" in other:
            why = f"the database would delete {other + '/alike'!r}, too"
            with refused(D, "alike", why):
                backend.database.put_device_property(D, {"alike": ["x"]})
        else:
            backend.database.put_device_property(D, {"alike": ["x"]})
            backend.database.delete_device_property(D, ["alike"])
        assert backend.database.get_device_property(other)["alike"] == ["keep"]
    finally:
        database.delete_device_property(other, "alike")


def test_only_what_is_named_stays(backend: Backend) -> None:
    database = backend.database
    before = database.get_device_property(D)
    try:
        database.put_device_property(D, {**FIRST, "a_b": ["x"], "axb": ["y"]})
        database.put_device_property(D, {"a_b": ["1"], "second": ["2"], "third": []}, only=True)
        assert database.get_device_property(D) == {"a_b": ["1"], "second": ["2"]}
        database.put_device_property(D, {}, only=True)
        assert database.get_device_property(D) == {}
    finally:
        database.put_device_property(D, before, only=True)
    assert database.get_device_property(D) == before


@pytest.mark.parametrize("device", ["no/such/device", "*/*/*", "it's/a/b", "sys/tg_test/1 "])
def test_properties_of_unknown_devices_are_not_written(
    backend: Backend, read_tables: Callable[[], Tables], device: str
) -> None:
    database, before = backend.database, read_tables()
    acts: list[Callable[[], Any]] = [
        lambda: database.put_device_property(device, FIRST),
        lambda: database.put_device_property(device, {}, only=True),
        lambda: database.delete_device_property(device, ["first"]),
        lambda: database.put_device_attribute_property(device, A, FIRST),
        lambda: database.delete_device_attribute_property(device, A, ["first"]),
    ]
    for act in acts:
        with pytest.raises(DevFailed) as caught:
            act()
        assert caught.value.errors[0].reason == "DB_DeviceNotDefined"
    assert read_tables() == before


def test_attribute_that_is_not_there_has_properties(backend: Backend) -> None:
    """Tango keeps them for a device that may have it later."""
    database = backend.database
    database.put_device_attribute_property(D, "not_there", FIRST)
    assert database.get_device_attribute_property(D, "Not_There") == FIRST
    database.delete_device_attribute_property(D, "NOT_there", [*FIRST])
    assert database.get_device_attribute_property(D, "not_there") == {}


@pytest.mark.parametrize("attribute", ["it's", "a*", "", "x" * 256])
def test_attribute_that_cannot_be_asked_for_is_refused(backend: Backend, attribute: str) -> None:
    database = backend.database
    sentence = f"Properties of attribute {cut(attribute)!r} of {D} cannot be written: "
    acts: list[Callable[[], Any]] = [
        lambda: database.put_device_attribute_property(D, attribute, FIRST),
        lambda: database.delete_device_attribute_property(D, attribute, [*FIRST]),
    ]
    for act in acts:
        with pytest.raises(DevFailed) as caught:
            act()
        assert caught.value.errors[0].desc == sentence + REFUSED_NAMES[attribute]


def test_written_device_name_is_the_defined_one(
    backend: Backend, read_tables: Callable[[], Tables]
) -> None:
    before = read_tables()
    backend.database.put_device_property(D.upper(), {"upper": ["x"]})
    assert backend.database.get_device_property(D)["upper"] == ["x"]
    assert D.upper() not in str(read_tables())
    backend.database.delete_device_property(D.upper(), ["UPPER"])
    assert read_tables() == before
