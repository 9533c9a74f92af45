"""The report names everything that a poor server gets wrong."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest
from poor_server import Handler

from program import run

# what is wrong -> the request, and the difference that reports it
WRONG = {
    "hrefs are relative": ("", r'\$\.rc3: expected "http:.+", got "/tango/rest/rc3"'),
    "it does not say how to authenticate": ("/rc3", r"\$\.x-auth-method: expected"),
    "the hosts are a list": ("/rc3/hosts", r"\$: expected an object, got \["),
    "the devices are not sorted": (
        "P/devices",
        r"\$: expected elements in ascending order of name",
    ),
    "the wildcard is ignored": ("P/devices?wildcard=sys/tg_test/?", r"\$: expected 0 elements"),
    "a slash at the end is another path": ("P/devices/", "status: expected 200, got 404"),
    "names are taken letter by letter": ("P/devices/SYS/TG_TEST/1/state", "expected 200, got 404"),
    "a state is not called by its name": ("D/state", r'\$\.state: .+, got "Running"'),
    "links are missing": ("D/state", r"\$\._links: expected, but missing"),
    "a state is a number": ("D/attributes/State/value", r"\$\.value: .+, got 1"),
    "times are in milliseconds": ("D/attributes/State/value", r"\$\.timestamp: .+ seconds"),
    "NaN is not JSON": ("D/attributes/wave/value", "body: .*application/json"),
    "the stack of errors is cut": ("D/attributes/nope/value", r"\$\.errors: expected 2 elements"),
    "errors say desc": ("D/commands/nope", r"\$\.errors\[0\]\.desc: not expected"),
    "Tango's error is HTTP's": ("D/attributes/throw_exception/value", "expected 200, got 500"),
    "a command's info is not whole": ("D/commands/DevDouble", r"\$\.info\.out_type: expected"),
    "a property that is not defined is null": ("D/properties/nope", r"\$\.values: expected a list"),
    "an unknown path has no Failure": ("/nope", "content-type: .+, got .text/html"),
    "writing is not refused with 501": ("PUT D/attributes/double_scalar/value", "expected 501"),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/tango/rest"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def differences(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the differences of each request, as the report in JSON has them."""
    path = tmp_path_factory.mktemp("poor") / "report.json"
    code, _, errors = run("conformance", "--time", "0", "--writes", "--json", str(path), url)
    assert (code, errors) == (1, "")
    found: dict[str, list[str]] = {}
    for one in json.loads(path.read_text("utf-8"))["results"]:
        request = one["request"]
        method = "" if request["method"] == "GET" else request["method"] + " "
        found.setdefault(method + short(request["path"]), []).extend(one["differences"])
    return found


def short(path: str) -> str:
    place = "/rc3/hosts/localhost/10000"
    return path.replace(f"{place}/devices/sys/tg_test/1", "D").replace(place, "P")


@pytest.mark.parametrize("what", WRONG)
def test_report_names_what_is_wrong(what: str, differences: dict[str, list[str]]) -> None:
    request, difference = WRONG[what]
    found = differences[request]
    assert [text for text in found if re.search(difference, text)], found
