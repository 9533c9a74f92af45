"""TANGO_HOST as people write it: what is taken, and the sentence about the rest."""

from __future__ import annotations

import pytest

from mtango_ref.tango_host import EXPECTED, parse_tango_host
from program import run

SENTENCES = {
    "": f"'' is not an address: {EXPECTED}.",
    "nonsense": f"'nonsense' is not an address: {EXPECTED}.",
    "host:": f"'host:' is not an address: {EXPECTED}.",
    ":10000": f"':10000' is not an address: {EXPECTED}.",
    "host:0": f"'host:0' is not an address: {EXPECTED}.",
    "host:65536": f"'host:65536' is not an address: {EXPECTED}.",
    "host:1e4": f"'host:1e4' is not an address: {EXPECTED}.",
    "host:\u0661": f"'host:\u0661' is not an address: {EXPECTED}.",
    "höst:10000": f"'höst:10000' is not an address: {EXPECTED}.",
    "ho st:10000": f"'ho st:10000' is not an address: {EXPECTED}.",
    "host:10000;other:10000": f"'host:10000;other:10000' is not an address: {EXPECTED}.",
    "[::1]:10000": (
        f"'[::1]:10000' is not an address: {EXPECTED}"
        " (a host name or an IPv4 address; PyTango takes no IPv6 address here)."
    ),
    "tango://host:10000": f"'tango://host:10000' is not an address: {EXPECTED} (without tango://).",
    "host:10000,": f"'' is not an address: {EXPECTED}.",
}


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("localhost:10000", ("localhost:10000",)),
        (" localhost:10000\n", ("localhost:10000",)),
        ("tango-1.example.org:010000", ("tango-1.example.org:010000",)),
        ("a:1, 10.0.0.1:65535 ,c_d:3", ("a:1", "10.0.0.1:65535", "c_d:3")),
    ],
)
def test_parse_tango_host_returns_each_address(text: str, hosts: tuple[str, ...]) -> None:
    assert parse_tango_host(text) == hosts


@pytest.mark.parametrize("text", SENTENCES)
def test_parse_tango_host_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address") as refused:
        parse_tango_host(text)
    assert str(refused.value) == SENTENCES[text]


def test_record_refuses_a_wrong_host_in_the_same_words() -> None:
    code, output, errors = run("record", "--host", "nowhere", "*")
    assert (code, output) == (2, "")
    assert errors.splitlines()[-1].endswith(
        f": {SENTENCES['nonsense']}".replace("nonsense", "nowhere")
    )
