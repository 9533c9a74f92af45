"""The same writes to a real device server and to the fake of the same fixture, then all reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from parity.asking import asking
from parity.comparison import RULES, Comparison, Place, Replacement, check_alike
from parity.questions import DEVICES, Question
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


def reads() -> Iterator[Question]:
    for name in ALL:
        for what in ("value", "info", "properties"):
            yield Question("reads", "GET", f"{A}/{name}/{what}")
    yield Question("reads", "GET", f"{DEVICES}/{DEVICE}/state")
    yield Question("reads", "GET", f"{DEVICES}/{DEVICE}/properties")


@pytest.fixture(scope="module")
def comparison(facility: Facility) -> Iterator[Comparison]:
    from facility.from_fixture import FromFixture
    from mtango_ref.backends.pytango.backend import TangoBackend
    from mtango_ref.backends.pytango.environment import tango_hosts

    with facility.from_fixture(FromFixture(FIXTURE, "Settable/test")):
        yield _compared(TangoBackend(tango_hosts(), 3.0), FakeBackend(FIXTURE))


def _compared(*backends: Backend) -> Comparison:
    found = Comparison(RULES._replace(replacements=[CHECK_NAN, *RULES.replacements]))
    for mode in ("strict", "implementation"):
        settings = Settings.model_validate(
            {"rc3_mode": mode, "compress_above": 0, "extensions": ["writes"]}
        )
        asks = [asking(settings, each) for each in backends]
        for question in (*written(), *reads()):
            found.add(mode, question, *(ask(question) for ask in asks))
    return found


@pytest.mark.parametrize("facet", ["writes", "several", "reads"])
def test_facet_answers_alike(comparison: Comparison, facet: str) -> None:
    check_alike(comparison, facet)


def test_all_is_compared(comparison: Comparison) -> None:
    assert comparison.requests["writes"] == 2 * len(WRITES)
    assert comparison.requests["reads"] == 2 * (3 * len(ALL) + 2)
    assert not comparison.known
