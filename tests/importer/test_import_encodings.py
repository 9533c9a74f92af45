"""Files as other systems write them: encodings, byte order marks, line ends, spelled twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from description_files import STATUS, all_told, imported, pogo, served
from mtango_ref.tools.importer.importing import import_files

LEVEL = f"""
<!-- F\u00fcllstand -->
<attributes name="Level" attType="Scalar" rwType="READ"><dataType xsi:type="pogoDsl:DoubleType"/>
{STATUS}<properties description="F\u00fcllstand" unit="\u00b5m"/></attributes>
<attributes name="42" attType="Scalar" rwType="READ"><dataType xsi:type="pogoDsl:IntType"/>
{STATUS}</attributes>
"""
DUMP = {"servers": {"A": {"1": {"A": {"4/5/6": {"properties": {"7": ["\u00d6l"]}}}}}}}
EXPORT = {"name": "a/b/f", "dev_class": "F", "attributes": {"z": None, "y": [1], "x": "text"}}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "UTF-16"),
        ("latin-1", "ISO-8859-1"),
        ("iso-8859-15", "ISO-8859-15"),
        ("cp1252", "windows-1252"),
    ],
)
def test_xml_is_in_its_encoding(tmp_path: Path, encoding: str, declared: str, ends: str) -> None:
    text = pogo(LEVEL).replace('encoding="UTF-8"', f'encoding="{declared}"')
    made = imported(tmp_path, tank_XMI=text.replace("\n", ends).encode(encoding))
    served(made.fixture)
    assert made.fixture["classes"]["Furnace"]["attributes"] == {
        "Level": {"data_type": "DevDouble", "description": "F\u00fcllstand", "unit": "\u00b5m"},
        "42": {"data_type": "DevLong"},
    }
    assert made.losses == []


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_of_powershell_is_read(tmp_path: Path, encoding: str, ends: str) -> None:
    text = json.dumps(DUMP, indent=1, ensure_ascii=False).replace("\n", ends)
    made = imported(tmp_path, db_JSON=text.encode(encoding))
    served(made.fixture)
    assert made.fixture == {
        "classes": {"A": {}},
        "devices": {"4/5/6": {"class": "A", "server": "A/1", "properties": {"7": ["\u00d6l"]}}},
    }
    assert made.losses == []


def test_same_file_is_read_once(tmp_path: Path) -> None:
    """Each is read once, however it is spelled, where it stood first."""
    imported(tmp_path, f_fgo=json.dumps(EXPORT), a_xmi=pogo(LEVEL))
    one, other = str(tmp_path / "f.fgo"), str(tmp_path / "a.xmi")
    again = f"{tmp_path}/../{tmp_path.name}/f.fgo"
    once = import_files([one, other])
    assert import_files([one, other, again, other, one]) == once
    assert [each.file for each in import_files([again, one]).losses[:1]] == [again]


def test_pieces_without_a_type_are_left_out(tmp_path: Path) -> None:
    made = imported(tmp_path, f_fgo=json.dumps(EXPORT))
    assert all_told(tmp_path, made.losses) == [
        "f.fgo: device a/b/f, attribute z: null; expected an object",
        "f.fgo: device a/b/f, attribute y: [1]; expected an object",
        "f.fgo: device a/b/f, attribute x: 'text'; expected an object",
    ]


def test_empty_elements_are_left_out(tmp_path: Path) -> None:
    inner = "<attributes name='a'><dataType/></attributes>\n<states/><commands/><attributes/>"
    made = imported(tmp_path, tank_xmi=pogo(LEVEL + inner))
    assert list(made.fixture["classes"]["Furnace"]["attributes"]) == ["Level", "42"]
    line = pogo(LEVEL + "@").partition("@")[0].count("\n") + 1
    tail = "missing; expected it, as POGO writes it"
    assert all_told(tmp_path, made.losses) == [
        f"tank.xmi:{line}: class Furnace, attribute a: <dataType xsi:type=> {tail}",
        f"tank.xmi:{line + 1}: class Furnace, command: name= {tail}",
        f"tank.xmi:{line + 1}: class Furnace, attribute: name=, <dataType> {tail}",
    ]
