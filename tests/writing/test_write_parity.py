"""The same writes to a real device server and to the fake of the same fixture, then all reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from parity.asking import asking
from parity.comparison import RULES, Comparison, Place, Replacement, check_alike
from parity.questions import DEVICES, Question
from patient_backend import patient_backend
from writing.settable import DEVICE, FIXTURE, names
from writing.test_write_refused import REFUSED, WRONG
from writing.test_write_value import TEXTS

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

BESIDES = ["fixed", "limited", "limits", "rows", "large", "broken", "invalid", "changing"]
BESIDES += ["lost", "lost_w", "kept_w", "kept_boolean", "kept_float", "kept_string", "kept_enum"]
BESIDES += ["State", "Status"]
ALL = [*(f"{name}{suffix}" for name, *_ in names() for suffix in ("", "_w")), *BESIDES]
A = f"{DEVICES}/{DEVICE}/attributes"

CHECK_NAN = Replacement(
    "a C++ signature without a class",
    Place(["*"], ["body*.errors.*.origin"]),
    lambda origin: origin.partition("(")[0] if "check_nan" in str(origin) else origin,
    "it changes with each version of Tango",
    by_chance=False,
    of_mariadb=False,
)

CONVERTED = {
    "mtango_ref.backends.pytango.convert",
    *("Command::extract", "Connection::command_inout"),
}
ARGUMENT = Replacement(
    "who refuses an argument",
    Place(["*/commands/*"], ["body.errors.*.origin"]),
    lambda origin: "the conversion" if origin in CONVERTED else origin,
    "PyTango cannot send it, so the gateway refuses it itself",
    by_chance=False,
    of_mariadb=False,
)

WRITES: list[tuple[str, list[str]]] = [
    *((f"{name}{suffix}", texts) for name, texts, _ in TEXTS for suffix in ("", "_w")),
    *((name, texts) for name, texts, *_ in WRONG),
    *((name, [text]) for name, text, _ in REFUSED),
    *(("limited", [text]) for text in ("7", "-4", "0")),
    *((name, ["1"]) for name in BESIDES if not name.startswith("S")),
    ("kept_string", ["a"]),
    ("nope", ["1"]),
]


def written() -> Iterator[Question]:
    for name, texts in WRITES:
        query = urlencode([("v", text) for text in texts])
        yield Question("writes", "PUT", f"{A}/{name}/value", query)
    for first, second in zip(WRITES[::7], WRITES[3::7], strict=False):
        pairs = [(name, text) for name, texts in (first, second) for text in texts]
        yield Question("several", "PUT", f"{A}/value", urlencode(pairs))


D = f"{DEVICES}/{DEVICE}"
INFOS: list[tuple[str, Any]] = [
    ("limited", {"description": 'it\'s "é"', "label": "Speed", "unit": "mm/s", "format": "%8.3f"}),
    ("limited", {"display_unit": "km/s", "standard_unit": "1e-6"}),
    ("limited", {"max_alarm": 4, "alarms": {"min_warning": "-2"}}),
    ("limited", {"max_alarm": 4, "alarms": {"max_alarm": "6"}}),
    ("limited", {"max_value": -20}),
    ("limited", {"min_value": "x"}),
    ("limited", {"label": ""}),
    # Init leaves it so, and the value is below.
    ("limited", {"alarms": {"min_warning": "1", "max_warning": "2"}}),
    ("fixed", {"alarms": {"delta_t": "100", "delta_val": "2"}}),
    ("fixed", {"max_value": "99999999999"}),
    ("fixed", {"writable": "WRITE"}),
    ("fixed", {"nope": 1}),
    ("rows", {"events": {"ch_event": {"rel_change": "5"}, "arch_event": {"period": "2000"}}}),
    ("large", {"events": {"per_event": {"period": 500}}}),
    ("large", {"events": {"per_event": {"period": "1e20"}}}),
    ("DevString_scalar", {"max_value": 1}),
    ("DevString_scalar", {"unit": "m"}),
    ("DevBoolean_scalar", {"min_alarm": 0}),
    ("DevEnum_scalar", {"enum_label": ["A", "B", "C", "D", "E"]}),
    ("DevEnum_scalar", {"enum_label": ["A", "A"]}),
    ("State", {"label": "s"}),
    ("nope", {"label": "x"}),
]
PROPERTIES: list[tuple[str, str, str, Any]] = [
    ("PUT", f"{D}/properties/p", "value=a&value=b%20c", None),
    ("PUT", f"{D}/properties/P", "", ["é", "it's"]),
    ("PUT", f"{D}/properties/q", "", []),
    ("POST", f"{D}/properties/q", "value=1", None),
    ("PUT", f"{D}/properties/p", "", {"a": 1}),
    ("PUT", f"{D}/properties/p", "", None),
    ("PUT", f"{D}/properties/a%27b", "value=x", None),
    ("DELETE", f"{D}/properties/Q", "", None),
    ("DELETE", f"{D}/properties/never", "", None),
    ("POST", f"{D}/properties", "", [{"name": "r", "values": ["1", "2"]}]),
    ("POST", f"{D}/properties", "s=1&s=2&t=3", None),
    ("PUT", f"{D}/properties", "", {"only": "this"}),
    ("PUT", f"{A}/fixed/properties/mine", "value=a&value=b", None),
    ("PUT", f"{A}/FIXED/properties/other", "", ["x"]),
    ("PUT", f"{A}/never/properties/mine", "value=a", None),
    ("DELETE", f"{A}/fixed/properties/Mine", "", None),
    ("DELETE", f"{A}/fixed/properties/never", "", None),
]
COMMANDS: list[tuple[str, str, Any]] = [
    *((name, "", None) for name in ("State", "Status", "STATE", "Init", "nope")),
    *((name, "input=1", None) for name in ("State", "Init", "nope")),
    # cppTango, DeviceImpl::dev_status: an alarm is seen when State is asked.
    ("State", "", None),
    ("Status", "", [1, 2]),
]


def changed() -> Iterator[Question]:
    """Yield requests that change something beyond values."""
    for name, info in INFOS:
        yield Question("infos", "PUT", f"{A}/{name}/info", body=json.dumps(info))
    for method, path, query, body in PROPERTIES:
        text = "" if body is None else json.dumps(body)
        yield Question("properties", method, path, query, text)
    for name, query, body in COMMANDS:
        text = "" if body is None else json.dumps(body)
        yield Question("commands", "PUT", f"{D}/commands/{name}", query, text)


def reads() -> Iterator[Question]:
    for name in [*ALL, "never"]:
        for what in ("value", "info", "properties"):
            yield Question("reads", "GET", f"{A}/{name}/{what}")
    for name in ("state", "properties", "attributes", "commands"):
        yield Question("reads", "GET", f"{D}/{name}")


@pytest.fixture(scope="module")
def comparison(facility: Facility) -> Iterator[Comparison]:
    from facility.from_fixture import FromFixture

    with facility.from_fixture(FromFixture(FIXTURE, "Settable/test")):
        # Each database in one mode, which only spells what the backends answer.
        mode = "strict" if facility.tables.name == "mariadb" else "implementation"
        yield _compared(mode, patient_backend(), FakeBackend(FIXTURE))


def _compared(mode: str, *backends: Backend) -> Comparison:
    found = Comparison(RULES._replace(replacements=[CHECK_NAN, *RULES.replacements, ARGUMENT]))
    settings = Settings.model_validate(
        {"rc3_mode": mode, "compress_above": 0, "extensions": ["writes"]}
    )
    asks = [asking(settings, each) for each in backends]
    for question in (*written(), *reads(), *changed(), *reads()):
        found.add(mode, question, *(ask(question) for ask in asks))
    return found


@pytest.mark.parametrize("facet", ["writes", "several", "infos", "properties", "commands", "reads"])
def test_facet_answers_alike(comparison: Comparison, facet: str) -> None:
    check_alike(comparison, facet)


def test_all_is_compared(comparison: Comparison) -> None:
    assert comparison.requests["writes"] == len(WRITES)
    assert comparison.requests["infos"] == len(INFOS)
    assert comparison.requests["properties"] == len(PROPERTIES)
    assert comparison.requests["commands"] == len(COMMANDS)
    # After the values, and after all else.
    assert comparison.requests["reads"] == 2 * (3 * (len(ALL) + 1) + 4)
    assert not comparison.known
