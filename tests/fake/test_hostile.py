"""Fixtures that are wrong in the ways that people, and their enemies, find: each is named with
its place and what was expected, and none takes time or memory out of proportion."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mtango_ref.fixture import yaml_document
from mtango_ref.fixture.checking import pieces
from mtango_ref.fixture.loading import FixtureError, load, parse

A = "classes:\n  A:\n    attributes:\n      x: {{data_type: {}, value: {}}}\n"
DEVICE = "devices:\n  a/b/c: {class: A}\n"
NONE = "1:1: fixture, devices: no devices; expected at least one"
LONG = "x" * 1_000_000


def first_mistake(text: str) -> str:
    """Return `line:column: sentence`."""
    with pytest.raises(FixtureError) as caught:
        parse(text, "f.yml")
    line, column, sentence, _ = caught.value.problems[0]
    assert len(str(caught.value)) < 1000
    assert str(caught.value).replace("\n", "").isprintable()
    return f"{line}:{column}: {sentence}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", NONE),
        ("# only\n# comments\n", NONE),
        ("---\n...\n", NONE),
        ("\n" * 1_000_000, NONE),
        ("\x7fELF\x02\x01\x01\x00", "1:1: a control character (U+007F); expected text"),
        ("PK\x03\x04", "1:3: a control character (U+0003); expected text"),
        (
            "classes:\n\tA:\n",
            "2:1: a tab; expected spaces",
        ),
        ("a: &a [x]\nb: [*a, *a]\n", "2:5: an alias (*a); expected the value written out"),
        ("classes:\n  A: \n  A: \n", "3:3: duplicate key 'A', first in line 2"),
        (
            A.format("DevDuble", 1) + DEVICE,
            "4:11: class A, attributes.x.data_type: 'DevDuble' is not known;"
            " did you mean DevDouble?",
        ),
        (
            A.format("DevLong", ".nan") + DEVICE,
            "4:31: class A, attributes.x.value: nan is not valid;"
            " expected an integer in -2147483648..2147483647",
        ),
        (
            A.format("DevLong64", 2**63) + DEVICE,
            "4:33: class A, attributes.x.value: 9223372036854775808 is not valid;"
            " expected an integer in -9223372036854775808..9223372036854775807",
        ),
        (
            A.format("DevULong64", -1) + DEVICE,
            "4:34: class A, attributes.x.value: -1 is not valid;"
            " expected an integer in 0..18446744073709551615",
        ),
        (
            A.format("DevFloat", "1e39") + DEVICE,
            "4:32: class A, attributes.x.value: 1e+39 is not valid;"
            " expected a number in -3.40282e+38..3.40282e+38",
        ),
        (
            A.format("DevLong", "9" * 10_000) + DEVICE,
            "4:38: a number of 10000 digits; expected at most 100",
        ),
        (
            f"facility: {{port: {2**63}}}\n{DEVICE}",
            "1:12: fixture, facility.port: 9223372036854775808 is not valid;"
            " expected less than or equal to 65535",
        ),
        (
            "classes:\n  A: {inherits: B}\n  B: {inherits: A}\n" + DEVICE,
            "3:7: class B, inherits: circular inheritance B -> A -> B; expected an end",
        ),
        (
            "classes:\n  A:\ndevices:\n  a/b: {class: A}\n",
            "4:3: fixture, devices.a/b: 'a/b' is not a valid name; expected domain/family/member,"
            " each text without / and NUL",
        ),
        (
            "classes:\n  A:\ndevices:\n  a/b/c/d: {class: A}\n",
            "4:3: fixture, devices.a/b/c/d: 'a/b/c/d' is not a valid name; expected"
            " domain/family/member, each text without / and NUL",
        ),
        (
            "classes:\n  A:\ndevices:\n  a/b/c: {class: A}\n  a/B/c: {class: A}\n",
            "5:3: fixture, devices.a/B/c: differs from a/b/c only in case; expected another name",
        ),
        ("a: " + "[" * 1_000_000, "1:23: nested too deeply; expected at most 20 levels"),
        (
            "5:\n  A: \n" + DEVICE,
            "1:1: fixture, 5: unknown key; expected one of classes, devices, facility",
        ),
        (
            f"? {LONG}\n: 5\n{DEVICE}",
            f"1:3: fixture, {'x' * 57}..: unknown key; expected one of classes, devices, facility",
        ),
        (
            f"classes:\n  A:\ndevices:\n  ? a/b/{LONG}\n  : {{class: A}}\n",
            f"4:5: fixture, devices.a/b/{'x' * 45}..: 'a/b/{'x' * 52}.. is not a valid name;"
            " expected at"
            " most 255 characters",
        ),
        (
            f"classes:\n  A:\ndevices:\n  a/b/c: {{class: {LONG}}}\n",
            f"4:11: device a/b/c, class: class '{'x' * 57}..' is not defined; expected A",
        ),
        (
            '"\\e[31m": 1\n' + DEVICE,
            "1:1: fixture, \\x1b[31m: unknown key; expected one of classes, devices, facility",
        ),
        (
            'classes: {A: , "\\e[31m":  }\ndevices:\n  a/b/c: {class: D}\n',
            "1:16: fixture, classes.\\x1b[31m: '\\x1b[31m' is not safe; expected no quote,"
            " backslash or control character, or unsafe_names: true in facility",
        ),
        ("%TAG ! x\n" * 1_000_000, "1:1: a directive (%); expected none"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_hostile_fixture_is_refused_by_name(text: str, expected: str) -> None:
    assert first_mistake(text) == expected


def test_too_many_mistakes_of_every_kind_end_the_look() -> None:
    """Each of them would otherwise be compared with all names that there are."""
    many = range(2_000)
    for text in (
        "".join(f"a{n}: 1\n" for n in many),
        "classes:\n" + "".join(f"  A{n}: {{inherits: B{n}}}\n" for n in many),
        "classes:\n" + "".join(f"  A{n}: {{attributes: {{x: {{}}}}}}\n" for n in many),
        "classes:\n"
        + "".join(f"  A{n}: \n" for n in many)
        + "devices:\n"
        + "".join(f"  a/b/{n}: {{class: B{n}}}\n" for n in many),
        "classes:\n  A: {attributes: {x: {data_type: DevLong, "
        + "".join(f"y{n}: 1, " for n in many)
        + "}}}\n",
        "".join("a: 1\n" for _ in many),
    ):
        with pytest.raises(FixtureError, match=r" has 100 mistakes or more:") as caught:
            parse(text, "f.yml")
        assert len(str(caught.value)) < 100_000


def test_facility_that_multiplies_is_refused() -> None:
    """One class and many devices are written in little."""
    attributes = "".join(f"      x{n}: {{data_type: DevLong}}\n" for n in range(1_001))
    devices = "".join(f"  a/b/{n}: {{class: A}}\n" for n in range(1_000))
    text = f"classes:\n  A:\n    attributes:\n{attributes}devices:\n{devices}"
    assert pieces.MAX_PIECES == 1_000_000
    assert first_mistake(text) == (
        "1005:1: fixture, devices: 1001000 attributes, commands and pipes; expected at most 1000000"
    )


def test_growing_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    """A file is read up to a limit, however fast it grows."""
    path, ending = tmp_path / "my.yml", threading.Event()
    path.write_bytes(b"# a comment\n" * 100)

    def grow() -> None:
        with path.open("ab") as file:
            while not ending.is_set() and file.tell() < 5 * yaml_document.MAX_BYTES:
                file.write(b"# a comment\n" * 10_000)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        with pytest.raises(FixtureError, match=r"too large|no devices"):
            load(str(path))
    finally:
        ending.set()
        thread.join()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (os.mkfifo, "cannot be read: not a file"),
        (lambda path: path.mkdir(), "cannot be read: Is a directory"),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
        (
            lambda path: path.symlink_to("/dev/zero"),
            "cannot be read: not a file",
        ),
        (lambda path: path.symlink_to("nothing"), "cannot be read: No such file or directory"),
    ],
)
def test_path_that_is_no_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None], expected: str
) -> None:
    path = tmp_path / "my.yml"
    make(path)
    with pytest.raises(FixtureError) as caught:
        load(str(path))
    assert f"{path}:1:1: {expected}" in str(caught.value)
