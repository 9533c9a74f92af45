"""The description files that tango-simlib ships, others in POGO's format, and what the importer
makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tango_simlib

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import parse
from mtango_ref.fixture.writing import as_yaml
from mtango_ref.tools.importer.description import ImportRefused
from mtango_ref.tools.importer.importing import Imported, import_files

SHIPPED = Path(tango_simlib.__file__).parent / "tests" / "config_files"


def import_shipped(*names: str) -> Imported:
    return import_files([str(SHIPPED / name) for name in names])


def imported(folder: Path, **files: str | bytes) -> Imported:
    """Import files with these contents, whose names end as the keyword does behind the last _."""
    return import_files(written(folder, **files))


def written(folder: Path, **files: str | bytes) -> list[str]:
    paths = []
    for key, content in files.items():
        stem, _, suffix = key.rpartition("_")
        path = folder / f"{stem}.{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(str(path))
    return paths


def refused(folder: Path, **files: str | bytes) -> str:
    """Return why one of these files is refused, without the folder."""
    with pytest.raises(ImportRefused) as caught:
        imported(folder, **files)
    return told(folder, str(caught.value))


def told(folder: Path, remark: object) -> str:
    return str(remark).replace(f"{folder}/", "")


def all_told(folder: Path, remarks: list[Any]) -> list[str]:
    return [told(folder, each) for each in remarks]


def served(fixture: dict[str, Any]) -> FakeBackend:
    """Make the fake of a fixture as it would be written to a file."""
    return FakeBackend(parse(as_yaml(fixture), "imported.yml"), seed=0)


HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<pogoDsl:PogoSystem xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:pogoDsl="http://www.esrf.fr/tango/pogo/PogoDsl">\n'
)
STATUS = '<status abstract="false" inherited="false" concrete="true"/>'


def pogo(inner: str, name: str = "Furnace") -> str:
    """Write a file of one class, whose inner elements begin in line 4."""
    begin = f'<classes name="{name}" pogoRevision="9.1">'
    return f"{HEAD}{begin}\n{inner}\n</classes></pogoDsl:PogoSystem>"


def attribute(
    name: str = "a", type_: str = "DoubleType", inner: str = "", properties: str = "", **given: str
) -> str:
    keys = {"attType": "Scalar", "rwType": "READ", "polledPeriod": "0", "maxX": "", "maxY": ""}
    written = " ".join(f'{key}="{value}"' for key, value in {**keys, **given}.items())
    return (
        f'<attributes name="{name}" {written}><dataType xsi:type="pogoDsl:{type_}"/>{STATUS}'
        f"<properties {properties}/>{inner}</attributes>"
    )


def command(name: str, in_: str = "VoidType", out: str = "VoidType", **given: str) -> str:
    written = " ".join(f'{key}="{value}"' for key, value in given.items())
    return (
        f'<commands name="{name}" {written}>'
        f'<argin description=""><type xsi:type="pogoDsl:{in_}"/></argin>'
        f'<argout description=""><type xsi:type="pogoDsl:{out}"/></argout>{STATUS}</commands>'
    )
