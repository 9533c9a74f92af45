"""Files that cannot be understood: each in one sentence of file, place and what was expected."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from description_files import HEAD, SHIPPED, imported, pogo, refused, told
from mtango_ref.fixture.names import SAFE
from mtango_ref.fixture.yaml_document import Document, DocumentError
from mtango_ref.tools.importer import files
from mtango_ref.tools.importer.description import ImportRefused
from mtango_ref.tools.importer.importing import import_files

FORMATS = (
    "expected a POGO .xmi, a SimDD .json, a fandango .fgo, the YAML of tango-yaml, "
    "or the JSON of dsconfig."
)
DOCTYPE = "expected XML without one, as POGO writes it."


# Python 3.13 has other words, and another column.
TRAILING_COMMA = (
    "Illegal trailing comma before end of object, column 15"
    if sys.version_info >= (3, 13)
    else "Expecting property name enclosed in double quotes, column 16"
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", f"f.any: empty; {FORMATS}"),
        (b" \n\t\n", f"f.any: empty; {FORMATS}"),
        (b"\x7fELF\x02\x01\x01\x00\xff\xfe", f"f.any:1: byte 8 is not UTF-8; {FORMATS}"),
        (
            '{"servers":\n{"\u00d6": {}}}'.encode("latin-1"),
            f"f.any:2: byte 14 is not UTF-8; {FORMATS}",
        ),
        ("h\xe9llo".encode("utf-16"), f"f.any: in none of the formats; {FORMATS}"),
        ('{"a": 1}'.encode("utf-16") + b"}", f"f.any:1: byte 18 is not UTF-16; {FORMATS}"),
        (b"// mine\n{}", "f.any:1: Expecting value, column 1; expected JSON."),
        (b"\n/* mine */ {}", "f.any:2: Expecting value, column 1; expected JSON."),
        (b'{"servers": {},}', f"f.any:1: {TRAILING_COMMA}; expected JSON."),
        (b"Server;Class;Device\r\nA/1;A;a/b/c\r\n", f"f.any: in none of the formats; {FORMATS}"),
        (b"hello", f"f.any: in none of the formats; {FORMATS}"),
        (b"- class: A\n", f"f.any: in none of the formats; {FORMATS}"),
        (b"classes: {}\ndevices: {}\n", f"f.any: in none of the formats; {FORMATS}"),
        (b"{\n", "f.any:2: Expecting property name enclosed in double quotes, column 1; "
         "expected JSON."),
        (b'{"a": 1,\n "a" 2}', "f.any:2: Expecting ':' delimiter, column 6; expected JSON."),
        (b"[1]", f"f.any: JSON in none of the formats; {FORMATS}"),
        (b"{}", f"f.any: JSON in none of the formats; {FORMATS}"),
        (b"[" * 100_000, "f.any: nested too deeply; expected at most 20 levels."),
        (b'{"servers": ' + b"[" * 20 + b"]" * 20 + b"}", "f.any: nested too deeply; "
         "expected at most 20 levels."),
        (b"<a>\n<b></a>", "f.any:2: mismatched tag; expected complete XML."),
        (b"<a", "f.any:1: unclosed token; expected complete XML."),
        (b"<Element/>", f"f.any:1: XML with the root <Element>; {FORMATS}"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "f.any: unknown encoding: klingon; "
         "expected XML in UTF-8."),
        (b"<a>" * 30, "f.any:1: nested too deeply; expected at most 20 levels."),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>\n<a>&b;</a>',
         f"f.any:1: a document type (<!DOCTYPE ..>); {DOCTYPE}"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">\n<a/>',
         f"f.any:2: a document type (<!DOCTYPE ..>); {DOCTYPE}"),
        (b'<a>&b;</a>', "f.any:1: undefined entity; expected complete XML."),
    ],
)  # fmt: skip
def test_wrong_file_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    assert refused(tmp_path, f_any=content) == sentence


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02",
        b"a: [1\n",
        b"\n\ta: 1",
        b"a: &a [1]\nb: *a\n",
        b"- class: A\n  class: B\n",
        b"!!python/object/apply:os.system [ls]",
    ],
)
def test_yaml_of_no_format_is_refused(tmp_path: Path, content: bytes) -> None:
    """The first of the sentences with which the YAML of fixtures is refused."""
    with pytest.raises(DocumentError) as caught:
        Document(content.decode())
    first = caught.value.problems[0]
    assert refused(tmp_path, f_any=content) == f"f.any:{first.line}: {first.text}; {FORMATS}"


def test_billion_laughs_is_refused(tmp_path: Path) -> None:
    """Refused before anything of it is read."""
    entities = ['<!ENTITY a0 "ha">'] + [
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    ]
    xml = f"<!DOCTYPE a [{''.join(entities)}]><a>&a9;</a>"
    assert refused(tmp_path, f_xmi=xml) == f"f.xmi:1: a document type (<!DOCTYPE ..>); {DOCTYPE}"


def test_truncated_file_is_refused(tmp_path: Path) -> None:
    raw = (SHIPPED / "Weather.xmi").read_bytes()
    assert refused(tmp_path, f_xmi=raw[: len(raw) // 2]) == (
        f"f.xmi:{raw[: len(raw) // 2].count(10) + 1}: unclosed token; expected complete XML."
    )


def test_sdd_xml_is_refused() -> None:
    """The one format of tango-simlib that describes neither classes nor devices as Tango does."""
    with pytest.raises(ImportRefused) as caught:
        import_files([str(SHIPPED / "WeatherSimulator_CN.xml")])
    assert told(SHIPPED, caught.value) == (
        f"WeatherSimulator_CN.xml:2: XML with the root <Element>; {FORMATS}"
    )


def test_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "large.xmi"
    with file.open("wb") as sparse:
        sparse.truncate(100_000_000)
    with pytest.raises(ImportRefused) as caught:
        import_files([str(file)])
    assert told(tmp_path, caught.value) == (
        "large.xmi cannot be read: too large; expected at most 10000000 bytes."
    )


def test_file_up_to_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xmi = pogo("", "A")
    monkeypatch.setattr(files, "MAX_BYTES", len(xmi))
    assert list(imported(tmp_path, a_xmi=xmi).fixture["classes"]) == ["A"]
    monkeypatch.setattr(files, "MAX_BYTES", len(xmi) - 1)
    assert refused(tmp_path, a_xmi=xmi) == (
        f"a.xmi cannot be read: too large; expected at most {len(xmi) - 1} bytes."
    )


def test_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name, why in (
        ("none", "No such file or directory"),
        (".", f"a folder; expected files such as {tmp_path}/*.xmi"),
        ("fifo", "not a file"),
        ("a\0b", "embedded null byte"),
    ):
        with pytest.raises(ImportRefused) as caught:
            import_files([f"{tmp_path}/{name}"])
        shown = name.replace("\0", "\\x00")
        assert str(caught.value) == f"{tmp_path}/{shown} cannot be read: {why}."


def test_one_wrong_file_refuses_all(tmp_path: Path) -> None:
    assert refused(tmp_path, good_xmi=pogo(""), bad_xmi=HEAD) == (
        "bad.xmi:3: no element found; expected complete XML."
    )


def test_several_wrong_files_are_all_named(tmp_path: Path) -> None:
    said = refused(tmp_path, bad_xmi=HEAD, good_xmi=pogo(""), worse_json="{", none_yml="hello")
    assert said.splitlines() == [
        "3 files cannot be read:",
        "  bad.xmi:3: no element found; expected complete XML.",
        "  worse.json:1: Expecting property name enclosed in double quotes, column 2; "
        "expected JSON.",
        f"  none.yml: in none of the formats; {FORMATS}",
    ]


def test_nothing_left_says_why(tmp_path: Path) -> None:
    assert refused(
        tmp_path, a_json="""{"servers": {"A": 1}, "classes": {"a'b": {}}}"""
    ).splitlines() == [
        "Nothing in these files can be served: devices: no devices; expected at least one.",
        "  a.json: servers.A: 1; expected an object, as dsconfig writes it",
        f"  classes.a'b: \"a'b\" is not safe; expected {SAFE}",
    ]
