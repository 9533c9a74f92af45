"""`mtango-ref serve --watch`."""

from __future__ import annotations

import threading
from pathlib import Path

import falcon.testing

from echo_server import eventually
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import parse
from mtango_ref.http.app import create_app
from mtango_ref.http.facilities import Facilities
from mtango_ref.settings.model import Settings
from program import refusal, serving
from raw import exchange, get

DEVICES = "/tango/rest/rc3/hosts/localhost/10000/devices"
FIXTURE = """\
facility: {{host: {name}}}
classes: {{A: {{attributes: {{{name}: {{data_type: DevString, value: {name}}}}}}}}}
devices: {{a/b/{name}: {{class: A}}, a/b/c: {{class: A, status: {name}}}}}
"""


def test_watched_fixture_is_served_as_it_changes(tmp_path: Path) -> None:
    """New, wrong, right again, and the end."""
    file = tmp_path / "my.yml"

    def write(text: str) -> None:
        (tmp_path / "new").write_text(text, "utf-8")
        (tmp_path / "new").replace(file)

    write(FIXTURE.format(name="one"))
    with serving("--fixture", str(file), "--watch") as server:

        def devices() -> list[str]:
            body = exchange(server.port, get(f"{DEVICES}?wildcard=a/*")).json
            return [each["name"] for each in body]

        assert devices() == ["a/b/c", "a/b/one"]
        write(FIXTURE.format(name="two"))
        assert eventually(lambda: devices() == ["a/b/c", "a/b/two"])
        config = exchange(server.port, get("/tango/rest/sys/config")).json
        assert (config["TANGO_HOST"], config["watch"]) == ("two:10000", True)
        write("devices: 5\n")
        assert eventually(lambda: "as it was before" in server.errors())
        assert devices() == ["a/b/c", "a/b/two"]
        write(FIXTURE.format(name="three"))
        assert eventually(lambda: devices() == ["a/b/c", "a/b/three"])
        server.signal()
        assert server.exit_code() == 0
        assert server.errors().splitlines() == [
            f"mtango-ref: The fixture {file} has changed, and was reloaded.",
            f"mtango-ref: The fixture {file} has 1 mistake:",
            f"{file}:1:1: fixture, devices: 5 is not valid; expected a mapping",
            "The server continues with the fixture as it was before.",
            f"mtango-ref: The fixture {file} is valid again, and was reloaded.",
        ]


def test_tango_backend_refuses_watch() -> None:
    wanted = "expected the backend fake: the real facility has no fixture"
    assert refusal("serve", "--watch", "--backend", "tango") == f"--watch: {wanted}"
    environ = {"MTANGO_WATCH": "true", "MTANGO_BACKEND": "tango"}
    assert refusal("serve", **environ) == f"MTANGO_WATCH: {wanted}"


def test_a_request_sees_one_facility_whole() -> None:
    """The facility is replaced again and again meanwhile, and with it the proxies' caches."""
    backends = [FakeBackend(parse(FIXTURE.format(name=name), "f.yml")) for name in ("one", "two")]
    settings = Settings()
    facilities = Facilities(backends[0], settings.cache_size)
    client = falcon.testing.TestClient(create_app(settings, backends[0], facilities=facilities))
    ending = threading.Event()

    def replace() -> None:
        while not ending.is_set():
            for backend in backends:
                facilities.replace(backend)

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        for _ in range(200):
            body = client.simulate_get(f"{DEVICES}/a/b/c/attributes").json
            [name] = {each["name"] for each in body} - {"State", "Status"}
            value = client.simulate_get(f"{DEVICES}/a/b/c/attributes/{name}").json
            assert value.get("name", name) == name
            state = client.simulate_get(f"{DEVICES}/a/b/c/state").json
            assert state["status"] in ("one", "two")
            listed = client.simulate_get(DEVICES).json
            assert len({"a/b/one", "a/b/two"} & {each["name"] for each in listed}) == 1
    finally:
        ending.set()
        thread.join()
    for backend, name in zip(backends, ("one", "two"), strict=True):
        facilities.replace(backend)
        assert client.simulate_get("/tango/rest/sys/cache/devices").json["currsize"] == 0
        body = client.simulate_get(f"{DEVICES}/a/b/c/attributes/{name}/value").json
        assert body["value"] == name
        assert client.simulate_get("/tango/rest/sys/cache/attributes").json["currsize"] == 1
