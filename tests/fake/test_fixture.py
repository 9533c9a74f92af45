"""Fixtures: what is in them, and every mistake at once, with its line, its place and its key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fake_facilities import mistakes

from mtango_ref.fixture import loading, yaml_document
from mtango_ref.fixture.checking import facility
from mtango_ref.fixture.loading import FixtureError, load, parse
from mtango_ref.fixture.yaml_document import MAX_BYTES
from mtango_ref.interface import BackendError

SMALL = "classes: {A: }\ndevices: {a/b/c: {class: A}}\n"


MISTAKEN = """\
facility: {port: 0, prot: 1}
clases: {}
classes:
  A:
    attributes:
      x: {data_type: DevDuble}
      y: {data_type: DevShort, value: 70000}
      z: {data_type: DevShort, unit: 5, max_alrm: 5}
devices:
  a/b: {class: A}
  a/b/c:
    class: A
    state: RUNING
    attributes:
      y: {value: 1.5}
      w: {value: 1}
  d/e/f: {class: B}
"""


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(BackendError) as caught:
        parse(MISTAKEN, "my.yml")
    assert str(caught.value).splitlines() == [
        "The fixture my.yml has 12 mistakes:",
        "my.yml:1:12: fixture, facility.port: 0 is not valid; expected greater than or equal to 1",
        "my.yml:1:21: fixture, facility.prot: unknown key; did you mean port?",
        "my.yml:2:1: fixture, clases: unknown key; did you mean classes?",
        "my.yml:6:11: class A, attributes.x.data_type: 'DevDuble' is not known;"
        " did you mean DevDouble?",
        "my.yml:7:32: class A, attributes.y.value: 70000 is not valid;"
        " expected an integer in -32768..32767",
        "my.yml:8:32: class A, attributes.z.unit: 5 is not valid; expected text",
        "my.yml:8:41: class A, attributes.z.max_alrm: unknown key; did you mean max_alarm?",
        "my.yml:10:3: fixture, devices.a/b: 'a/b' is not a valid name; expected"
        " domain/family/member,"
        " each text without / and NUL",
        "my.yml:13:5: device a/b/c, state: 'RUNING' is not known; did you mean RUNNING?",
        "my.yml:15:11: device a/b/c, attributes.y.value: 1.5 is not valid;"
        " expected an integer in -32768..32767",
        "my.yml:16:7: device a/b/c, attributes.w: class A has no such attribute;"
        " expected one of State, Status, x, y, z",
        "my.yml:17:11: device d/e/f, class: class 'B' is not defined; expected A",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1: fixture, devices: no devices; expected at least one"]),
        ("a: [1, 2]\n\tb: 1\n", ["2: a tab; expected spaces"]),
        ("hello", ["1: fixture: 'hello' is not valid; expected a mapping"]),
        ("- a\n- b\n", ["1: fixture: ['a', 'b'] is not valid; expected a mapping"]),
        (
            "classes: {A: }\ndevices: {a/b/c: {class: A}, A/b/c: {class: A}}",
            ["2: fixture, devices.A/b/c: differs from a/b/c only in case; expected another name"],
        ),
        (
            "classes: {A: , a: }\ndevices:\n  a/b/c/d: {class: A}\n  a/b/c: {class: A, state: 5}\n",
            [
                "1: fixture, classes.a: differs from A only in case; expected another name",
                "3: fixture, devices.a/b/c/d: 'a/b/c/d' is not a valid name; expected"
                " domain/family/member,"
                " each text without / and NUL",
                "4: device a/b/c, state: 5 is not known; expected one of ALARM, CLOSE, DISABLE,"
                " EXTRACT, FAULT, INIT, INSERT, MOVING, OFF, ON, OPEN, RUNNING, STANDBY, UNKNOWN",
            ],
        ),
        ("devices: {a/b/c: }", ["1: device a/b/c, class: missing; expected a value"]),
        ("devices: {a/b/c: [A]}", ["1: device a/b/c: ['A'] is not valid; expected a mapping"]),
        (
            "classes: {A: [x]}\ndevices: {a/b/c: {class: A, attributes: {x: {}}}}",
            ["1: class A: ['x'] is not valid; expected a mapping"],
        ),
        (
            "classes: {A: {attributes: 5}}\ndevices: {a/b/c: {class: A, attributes: {x: {}}}}",
            ["1: class A, attributes: 5 is not valid; expected a mapping"],
        ),
        (
            "facility: {database: a/b, host: 'a b'}\nclasses: {A: }\n"
            "devices: {a/b/c: {class: A, server: A}}",
            [
                "1: fixture, facility.database: 'a/b' is not valid; expected domain/family/member,"
                " each text without / and NUL",
                "1: fixture, facility.host: 'a b' is not valid; expected printable ASCII without"
                " space, / : #",
                "3: device a/b/c, server: 'A' is not valid; expected executable/instance,"
                " each text without / and NUL",
            ],
        ),
        (
            "classes: {A: {properties: {p: 1, P: 2, q: [{}]}}}\n"
            "devices: {a/b/c: {class: A, properties: {r: null}}}",
            [
                "1: class A, properties.P: differs from p only in case; expected another name",
                "1: class A, properties.q.0: {} is not valid; expected text",
                "2: device a/b/c, properties.r.0: null is not valid; expected text",
            ],
        ),
    ],
)
def test_wrong_classes_and_devices_are_reported(text: str, expected: list[str]) -> None:
    assert mistakes(text) == expected


def test_wrong_commands_and_pipes_are_reported() -> None:
    text = """\
        classes:
          A:
            commands:
              a: {in_type: DevLong, polling_period: 100}
              b: {out_type: DevVarLongArray, value: 5}
              c: {out_type: DevVarLongArray, value: [5, a]}
              d: {out_type: DevVarDoubleStringArray, value: {dvalue: [1.5], svalue: [1]}}
              e: {value: 5}
              Init: {}
            pipes:
              p:
                data:
                - {name: a, type: DevLong, value: x}
                - name: b
                  type: DevPipeBlob
                  data: [{name: c, type: DevString, value: 1}]
                - {name: d, type: DevLong, data: []}
              q: {blob: x}
              r: {data: [], writable: WRITE}
        devices: {a/b/c: {class: A, commands: {stte: {}}}}
    """
    an_integer = "expected an integer in -2147483648..2147483647"
    assert mistakes(text) == [
        "4: class A, commands.a.polling_period: not allowed with an in_type;"
        " expected a command without argument",
        "5: class A, commands.b.value: 5 is not valid; expected a list",
        f"6: class A, commands.c.value: element 1: 'a' is not valid; {an_integer}",
        "7: class A, commands.d.value: svalue: element 0: 1 is not valid; expected text",
        "8: class A, commands.e.value: 5 is not valid; expected nothing",
        "9: class A, commands.Init: every class has Init already; expected it only in a device",
        f"13: class A, pipes.p.data.0.value: 'x' is not valid; {an_integer}",
        "16: class A, pipes.p.data.1.data.0.value: 1 is not valid; expected text",
        "17: class A, pipes.p.data.2.data: not allowed with type DevLong; expected it only for"
        " a DevPipeBlob",
        "18: class A, pipes.q.data: expected either data or raises",
        "19: class A, pipes.r.writable: 'WRITE' is not valid; expected 'READ' or 'READ_WRITE'",
        "20: device a/b/c, commands.stte: class A has no such command; did you mean State?",
    ]


def test_names_may_look_like_numbers() -> None:
    text = """\
        classes:
          7:
            attributes:
              1.5: {data_type: DevShort}
              0: {data_type: DevShort, value: 70000}
        devices: {1/2/3: {class: 7}}
    """
    assert mistakes(text) == [
        "5: class 7, attributes.0.value: 70000 is not valid; expected an integer in -32768..32767",
        "6: device 1/2/3, class: 7 is not valid; expected text",
    ]


def test_mistakes_are_looked_for_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (facility, yaml_document, loading):
        monkeypatch.setattr(module, "MAX_PROBLEMS", 2)
    for text in ("b: 1\na: 2\nc: 3\nd: 4\n", "a: [*a]\nb: [*a]\nc: [*a]\n"):
        with pytest.raises(FixtureError) as caught:
            parse(text, "f.yml")
        assert str(caught.value).startswith("The fixture f.yml has 2 mistakes or more:\nf.yml:")
        assert len(caught.value.problems) == 2


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_file_may_have_a_mark_and_crlf(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "my.yml"
    path.write_bytes(start + SMALL.replace("\n", "\r\n").encode())
    assert load(str(path)) == parse(SMALL, "")


def test_packaged_fixture_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name means it, whatever lies in the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("tango_test").write_text("wrong", "utf-8")
    assert "sys/tg_test/1" in load("tango_test").devices


def unreadable(tmp_path: Path) -> dict[str, tuple[str, str]]:
    """Make unreadable files: the path and the one mistake, by what is wrong."""
    large, binary = tmp_path / "large.yml", tmp_path / "binary.yml"
    with large.open("wb") as file:
        file.truncate(100_000_000)
    binary.write_bytes(b"a: 1\nb: \xff\xfe\x00")
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "loop.yml").symlink_to("loop.yml")
    names = sorted(path.stem for path in (Path(__file__).parents[2] / "fixtures").glob("*.yml"))
    packaged = f"; the packaged fixtures are: {', '.join(names)}"
    return {
        "missing": (str(tmp_path / "no.yml"), "cannot be read: No such file or directory"),
        "folder": (str(tmp_path), "cannot be read: Is a directory"),
        "loop": (str(tmp_path / "loop.yml"), "cannot be read: Too many levels of symbolic links"),
        "pipe": (str(tmp_path / "pipe.yml"), "cannot be read: not a file"),
        "endless": ("/dev/zero", "cannot be read: not a file"),
        "nul": ("a\0b", "cannot be read: embedded null byte"),
        "long": ("x" * 5000, "cannot be read: File name too long"),
        "name": ("tango_tset", f"cannot be read: No such file or directory{packaged}"),
        "large": (str(large), f"cannot be read: too large; expected at most {MAX_BYTES} bytes"),
        "binary": (str(binary), "byte 8 is not UTF-8; expected YAML text in UTF-8"),
    }


@pytest.mark.parametrize(
    "what",
    ["missing", "folder", "loop", "pipe", "endless", "nul", "long", "name", "large", "binary"],
)
def test_unreadable_fixture_is_refused(tmp_path: Path, what: str) -> None:
    path, expected = unreadable(tmp_path)[what]
    with pytest.raises(FixtureError) as caught:
        load(path)
    place = "2:4" if what == "binary" else "1:1"
    assert str(caught.value) == f"The fixture {path} has 1 mistake:\n{path}:{place}: {expected}"


def test_impossible_values_and_names_are_reported() -> None:
    text = """\
        classes: {A: {commands: {c: {out_type: DevPipeBlob, value: x}}}}
        devices: {a/b/c: {class: A, server: Ä}}
    """
    assert mistakes(text) == [
        "1: class A, commands.c.value: 'x' is not valid; expected nothing",
        "2: device a/b/c, server: 'Ä' is not valid; expected executable/instance,"
        " each text without / and NUL",
    ]
