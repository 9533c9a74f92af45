"""Generated descriptions, however hostile: what import writes, `check` accepts, and what was good
is in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from description_files import HEAD, STATUS, attribute, command, pogo
from mtango_ref.fixture.loading import parse
from mtango_ref.fixture.yaml_document import Document
from mtango_ref.tools.importer.importing import Imported, import_files

GOOD = "SafeAndSound"
"""A class that each file has in addition, and its attribute."""

_ODD = ["", "a b", "a/b", "A:B", "\x1b[2J", "é", "State", "status", "1e5", "no", "~", "x" * 300]
_names = st.sampled_from(["heat", "Heat", "p", "a/b/1", "A/B/1", *_ODD]) | st.text(max_size=8)
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.integers()
    | st.floats()
    | st.sampled_from([10**300, 1e300, "1e5", "Not specified", "DevDouble", "ON", "5", "\ud800"])
    | st.text(max_size=8)
)
_anything = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=6,
)


def _mostly(*right: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(right) | st.sampled_from(right) | _anything


def _objects(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw objects with some of these keys, and with others; now and then no object at all."""
    known = st.fixed_dictionaries({}, optional=keys)
    return (
        known
        | known
        | st.tuples(known, st.dictionaries(_names, _anything, max_size=1)).map(
            lambda both: {**both[1], **both[0]}
        )
        | _anything
    )


def _lists(element: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(element, max_size=4)


def _named(element: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(_names, element, max_size=3) | _anything


_TYPES = ("DevDouble", "DevLong", "DevEnum", "DevString", "DevState", "DevEncoded", "DevOdd")
_FORMATS = ("SCALAR", "SPECTRUM", "IMAGE", "Scalar", "FMT_UNKNOWN")
_fgo_attribute = _objects(
    name=_names,
    data_type=_mostly(*_TYPES),
    data_format=_mostly(*_FORMATS),
    writable=_mostly("READ", "READ_WRITE", "WT_UNKNOWN"),
    max_dim_x=_mostly(1, 5, "3"),
    max_dim_y=_mostly(0, 2),
    enum_labels=_mostly(["A", "B"], []),
    min_alarm=_anything,
    events=_mostly({"per_event": {"period": "1000"}}, {}),
    alarms=_mostly({"max_alarm": "5"}, {}),
    polling=_mostly(0, 3000, 1),
    quality=_mostly("ATTR_VALID", "ATTR_ALARM"),
    value=_anything,
)
_argument = _mostly("DevVoid", "DevDouble", "ConstDevString", "DevVarDoubleArray")
_fgo = st.fixed_dictionaries(
    {"attributes": st.dictionaries(_names, _fgo_attribute, max_size=3)},
    optional={
        "name": _mostly("a/b/c", "test/SafeAndSound/1"),
        "dev_class": _mostly("Furnace"),
        "commands": _named(_objects(in_type=_argument, out_type=_argument)),
        "properties": _named(_anything),
        "class_properties": _named(_anything),
        "server": _mostly("Furnace/1"),
        "host": _anything,
        "level": _anything,
    },
)
_properties = _named(_mostly(["5"], 1.5, ["heat", "500"]))
_attribute_properties = _named(_named(_mostly(["5"], ["low"], "K")))
_device = _objects(
    properties=st.dictionaries(
        st.sampled_from(["polled_attr", "polled_cmd", "p"]), _mostly(["heat", "500"]), max_size=3
    )
    | _properties,
    attribute_properties=_attribute_properties
    | st.dictionaries(
        st.sampled_from(["State", "heat"]),
        st.dictionaries(st.sampled_from(["unit", "min_alarm", "format"]), _mostly(["5"])),
        max_size=2,
    ),
    alias=_anything,
)
_dsconfig = st.fixed_dictionaries(
    {
        "servers": st.dictionaries(
            _names, _named(_named(_named(_device))) | _named(_named(_device)), max_size=3
        )
    },
    optional={
        "classes": _named(_device),
        "tango_host": _mostly("lab:10000", f"lab:{'9' * 5000}", "lab:0"),
        "_title": _anything,
        "devices": _anything,
    },
)
_simulation = _objects(
    quantity_simulation_type=_mostly("ConstantQuantity", "GaussianSlewLimited"),
    initial_value=_mostly("5", 5, "True"),
    mean=_mostly(1, 2.5),
    std_dev=_mostly(1),
    max_slew_rate=_mostly(1),
    min_bound=_mostly(-1, 100),
    max_bound=_mostly(1),
)
_simdd_attribute = _objects(
    name=_names,
    data_type=_mostly("Double", "Boolean", "String", "VarDoubleArray"),
    data_format=_mostly("Scalar", "Spectrum"),
    unit=_mostly("K"),
    data_shape=_mostly({"max_dim_x": 5, "max_dim_y": 0}, {"max_dim_x": 1e300, "max_dim_y": 0.5}),
    dataSimulationParameters=_simulation,
)
_in = _objects(dtype_in=_mostly("Double", "Void"), doc_in=_mostly(""), dformat_in=_mostly("Scalar"))
_out = _objects(
    dtype_out=_mostly("Double", "Void"), doc_out=_mostly(""), dformat_out=_mostly("Spectrum")
)
_action = _objects(
    behaviour=_mostly("long_running", "input_transform", "output_return"),
    execution_time_secs=_mostly(2, "2"),
    destination_variable=_mostly("x"),
    source_variable=_mostly("x"),
)
_simdd = st.fixed_dictionaries(
    {
        "dynamicAttributes": _lists(_objects(basicAttributeData=_simdd_attribute)),
    },
    optional={
        "class_name": _mostly("Furnace", ""),
        "commands": _lists(
            _objects(
                basicCommandData=_objects(
                    name=_names,
                    input_parameters=_in,
                    output_parameters=_out,
                    actions=_lists(_action) | _anything,
                )
            )
        )
        | _anything,
        "deviceProperties": _lists(
            _objects(
                propertyData=_objects(name=_names, type=_mostly("x"), DefaultPropValue=_anything)
            )
        )
        | _anything,
        "class_overrides": _lists(_objects(override_class=_anything)) | _anything,
    },
)
_yaml_class = _objects(
    **{
        "class": _mostly("Furnace", "Pump"),
        "meta": _objects(
            attributes=_lists(
                _objects(
                    name=_names,
                    data_type=_mostly(*_TYPES),
                    data_format=_mostly(*_FORMATS),
                    max_dim_x=_mostly(5),
                    enum_labels=_mostly(["A"]),
                    period=_mostly(1000, "3"),
                    min_value=_anything,
                )
            )
            | _anything,
            commands=_lists(_objects(name=_names, dtype_in=_argument, dtype_out=_argument))
            | _anything,
            properties=_lists(_objects(name=_names)) | _anything,
        ),
    }
)
_XML = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=8
)
_xml_names = (st.sampled_from([each for each in _ODD if each.isprintable()]) | _XML).map(
    lambda name: quoteattr(name)[1:-1].replace('"', "&quot;")
)
_labels = _xml_names.map(lambda label: f"<enumLabels>{label}</enumLabels>".replace(">&#", ">&#"))
_statuses = st.sampled_from(
    ["", "<status/>", STATUS, STATUS.replace('inherited="false"', 'inherited="true"')]
)


@st.composite
def _xmi_attribute(draw: Callable[[Any], Any]) -> str:
    type_ = draw(st.sampled_from(["DoubleType", "EnumType", "IntType", "OddType", "", "StateType"]))
    given_ = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "attType": st.sampled_from(["Scalar", "Spectrum", "Image", "Odd"]),
                "rwType": st.sampled_from(["READ", "READ_WRITE", "READ_WITH_WRITE", "ODD"]),
                "maxX": st.sampled_from(["", "5", "many", "-1", "9" * 200]),
                "polledPeriod": st.sampled_from(["0", "1", "1000", "often"]),
                "displayLevel": _xml_names,
            },
        )
    )
    keys = " ".join(f'maxAlarm="{draw(_xml_names)}"' for _ in range(draw(st.integers(0, 1))))
    labels = "".join(draw(st.lists(_labels, max_size=2)))
    name = draw(st.sampled_from(["heat", "Heat", "State"]) | _xml_names)
    element: str = attribute(name, type_, labels, keys, **given_)
    return element.replace(STATUS, draw(_statuses))


@st.composite
def _xmi_class(draw: Callable[[Any], Any]) -> str:
    parents = "".join(
        f'<inheritances classname="{each}"/>'
        for each in draw(st.lists(st.sampled_from(["Device_Impl", "A", "B", "C", "None", "A:B"])))
    )
    pieces = draw(st.lists(_xmi_attribute(), max_size=3))
    for kind in draw(st.lists(st.sampled_from(["classProperties", "deviceProperties", "pipes"]))):
        value = f"<DefaultPropValue>{draw(_xml_names)}</DefaultPropValue>"
        pieces.append(f'<{kind} name="{draw(_xml_names)}">{value}</{kind}>')
    types = st.sampled_from(["VoidType", "DoubleType", "OddType", "StateType"])
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(["Go", "go", "Init"]) | _xml_names)
        piece = command(name, draw(types), draw(types), polledPeriod="1000")
        pieces.append(piece.replace(STATUS, draw(_statuses)))
    name = draw(st.sampled_from(["A", "B", "C", "A:B"]) | _xml_names)
    return f'<classes name="{name}"><description>{parents}</description>{"".join(pieces)}</classes>'


def _xmi(classes: list[str]) -> str:
    good = pogo(attribute(GOOD), GOOD)[len(HEAD) :]
    return HEAD + "".join(classes) + good


def _with_good_simdd(data: Any) -> str:
    simulation = {"quantity_simulation_type": "ConstantQuantity", "initial_value": "5"}
    good = {"name": GOOD, "data_type": "Double", "dataSimulationParameters": simulation}
    data["dynamicAttributes"].append({"basicAttributeData": good})
    return json.dumps(data)


def _with_good_fgo(data: Any) -> str:
    good = {"name": GOOD, "data_type": "DevDouble", "data_format": "SCALAR", "writable": "READ"}
    data["attributes"][GOOD] = good
    return json.dumps(data)


def _with_good_dsconfig(data: Any) -> str:
    data["servers"][f"{GOOD}/1"] = {GOOD: {f"{GOOD}/{GOOD}/1": {"properties": {GOOD: 5}}}}
    return json.dumps(data)


def _with_good_yaml(classes: list[Any]) -> str:
    good = {"name": GOOD, "data_type": "DevDouble", "data_format": "SCALAR"}
    classes.append({"class": GOOD, "meta": {"attributes": [good]}})
    return str(yaml.safe_dump(json.loads(json.dumps(classes).replace("\\ud800", "?"))))


_FORMAT: dict[str, tuple[st.SearchStrategy[str], Callable[[Any], bool]]] = {
    "a.xmi": (
        st.lists(_xmi_class(), max_size=3).map(_xmi),
        lambda made: GOOD in made["classes"][GOOD]["attributes"],
    ),
    "Furnace.json": (
        _simdd.map(_with_good_simdd),
        lambda made: any(GOOD in each.get("attributes", ()) for each in made["classes"].values()),
    ),
    "Furnace.fgo": (
        _fgo.map(_with_good_fgo),
        lambda made: any(GOOD in each.get("attributes", ()) for each in made["classes"].values()),
    ),
    "dump.json": (
        _dsconfig.map(_with_good_dsconfig),
        lambda made: made["devices"][f"{GOOD}/{GOOD}/1"]["properties"] == {GOOD: ["5"]},
    ),
    "tool.yaml": (
        st.lists(_yaml_class, max_size=3).map(_with_good_yaml),
        lambda made: GOOD in made["classes"][GOOD]["attributes"],
    ),
}


def _imported(**files: str) -> Imported:
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in files]
        for path in paths:
            path.write_text(files[path.name], encoding="utf-8")
        return import_files([*map(str, paths)])


def _accepted(made: Imported) -> None:
    """Check that `check` accepts the text, and that it says what the fixture says."""
    parse(made.text, "imported.yml")
    assert repr(Document(made.text).data) == repr(made.fixture)
    for remark in [*made.notes, *made.conflicts, *made.losses]:
        assert str(remark).isprintable()


_SETTINGS = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("name", _FORMAT)
def test_check_accepts_what_import_writes(name: str) -> None:
    texts, is_there = _FORMAT[name]

    @_SETTINGS
    @given(texts)
    def check(text: str) -> None:
        made = _imported(**{name: text})
        _accepted(made)
        assert is_there(made.fixture)

    check()


@_SETTINGS
@given(st.tuples(*(texts for texts, _ in _FORMAT.values())))
def test_files_of_all_formats_are_merged(texts: tuple[str, ...]) -> None:
    made = _imported(**dict(zip(_FORMAT, texts, strict=True)))
    _accepted(made)
    assert GOOD in made.fixture["classes"][GOOD]["attributes"]
