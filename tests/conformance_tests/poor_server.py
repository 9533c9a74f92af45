"""A poor rc3 server for one TangoTest; WRONG in test_kit_poor_server.py lists what is poor."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

P = "/tango/rest/rc3/hosts/localhost/10000"
D = P + "/devices/sys/tg_test/1"


def value(name: str, content: Any) -> dict[str, Any]:
    return {
        "name": name,
        "value": content,
        "quality": "ATTR_VALID",
        "timestamp": int(time.time() * 1000),
    }


def failure(reason: str, text: str, key: str = "desc") -> dict[str, Any]:
    error = {"reason": reason, key: text, "severity": "ERR", "origin": "server"}
    return {"errors": [error], "quality": "FAILURE", "timestamp": int(time.time())}


def bodies(base: str) -> dict[str, Any]:
    """Return the answer of each path: texts as they are, all else as JSON."""
    names = ("sys/tg_test/1", "sys/database/2", "dserver/TangoTest/test")
    devices = [{"name": name, "href": f"{base}{P[11:]}/devices/{name}"} for name in names]
    state, wave = value("State", 1), value("wave", [1.5, float("nan")])
    command = {"cmd_name": "DevDouble", "level": "OPERATOR", "in_type": "DevDouble"}
    return {
        "/tango/rest": {"rc3": "/tango/rest/rc3", "sys": "/tango/rest/sys"},
        "/tango/rest/rc3": {"hosts": base + "/rc3/hosts"},
        "/tango/rest/rc3/hosts": ["localhost:10000"],
        P + "/devices": devices,
        D + "/state": {"state": "Running", "status": "The device is in RUNNING state."},
        D + "/attributes/State/value": state,
        D + "/attributes/wave/value": wave,
        D + "/attributes/value": [wave, state],
        D + "/attributes/nope/value": failure(
            "API_AttrNotFound", "nope attribute not found", "description"
        ),
        D + "/attributes/throw_exception/value": "<h1>500 Internal Server Error</h1>",
        D + "/commands/DevDouble": {"name": "DevDouble", "info": command},
        D + "/commands/nope": failure("API_CommandNotFound", "Command nope not found"),
        D + "/properties/nope": {"name": "nope", "values": None},
        D + "/pipes/string_long_short_ro": {"name": "string_long_short_ro", "data": []},
    }


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = bodies(f"http://{self.headers['Host']}/tango/rest")
        body = found.get(self.path.partition("?")[0], "<h1>404 Not Found</h1>")
        is_page = isinstance(body, str)
        self.send_response(int(body[4:7]) if is_page else 200)
        self.send_header("Content-Type", "text/html" if is_page else "application/json")
        self.end_headers()
        self.wfile.write((body if is_page else json.dumps(body)).encode())

    do_PUT = do_GET  # noqa: N815 - http.server's name

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        pass
