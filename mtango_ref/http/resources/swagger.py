"""The swagger files for the settings in force, and the page that shows them."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import falcon
import orjson

from mtango_ref import openapi
from mtango_ref.http.answers import Answer, At
from mtango_ref.http.links import Base
from mtango_ref.interface import Capabilities
from mtango_ref.settings.model import Settings

ICON = "favicon-32x32.png"
"""The file of Swagger UI that a browser shows in its tab."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mtango-ref: the Tango REST API rc3</title>
<link rel="stylesheet" href="{ui}/swagger-ui.css">
<link rel="stylesheet" href="{ui}/index.css">
<link rel="icon" href="{ui}/{icon}">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{ui}/swagger-ui-bundle.js"></script>
<script src="{ui}/swagger-ui-standalone-preset.js"></script>
<script>{script}</script>
</body>
</html>
"""

_SCRIPT = """
SwaggerUIBundle({
  ...%s,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset]
});
"""

_SETTINGS = {
    "urls.primaryName": "rc3.yml",
    "dom_id": "#swagger-ui",
    "layout": "StandaloneLayout",
    "deepLinking": True,
    "tryItOutEnabled": True,
    "displayRequestDuration": True,
    "defaultModelsExpandDepth": 0,
    "validatorUrl": None,
}
"""The settings of Swagger UI; validatorUrl would be a service on the Internet."""

# 'self' for an IPv6 address, which cannot stand in a policy; the address for a proxy's prefix.
_POLICY = (
    "default-src 'none'; script-src {here} 'sha256-{digest}'; style-src {here} 'unsafe-inline';"
    " img-src {here} data:; connect-src {here}; base-uri 'none'; form-action 'none'"
)


class SwaggerFile:
    """One of the three files."""

    def __init__(
        self, name: str, settings: Settings, capabilities: Capabilities, base: Base
    ) -> None:
        self._arguments = (name, settings, capabilities)
        self._base = base
        self._text = b""

    def get(self, req: falcon.Request, _: At) -> Answer:
        """Return the file; it is written at the first request, so that the start is quick."""
        self._text = self._text or openapi.served(*self._arguments)
        text = self._text
        # OpenAPI 3.0, "Server Object": a URL that begins with / is a path of the host.
        if prefix := self._base.prefix(req):
            text = text.replace(b"- url: /", f"- url: {prefix}/".encode(), 1)
        return Answer(text, {"Content-Type": "application/yaml"})


class SwaggerPage:
    """Swagger UI with the three files; everything it needs comes from this server."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def get(self, req: falcon.Request, _: At) -> Answer:
        """Return the page."""
        root = self._base.root(req)
        swagger = f"{root}/swagger"
        urls = [{"url": f"{swagger}/{name}", "name": name} for name in openapi.FILES]
        settings = orjson.dumps({"urls": urls, **_SETTINGS}).decode()
        # A setting may hold "</script>", which ends the script wherever it stands.
        script = _SCRIPT % settings.replace("<", "\\u003c")
        digest = b64encode(sha256(script.encode()).digest()).decode()
        policy = _POLICY.format(here=f"'self' {root}/", digest=digest)
        # Everything comes from this server: labs have no way to the Internet.
        page = _PAGE.format(ui=f"{swagger}/ui", icon=ICON, script=script).encode()
        headers = {"Content-Type": falcon.MEDIA_HTML, "Content-Security-Policy": policy}
        return Answer(page, headers)


def static_files() -> Path:
    """Find the folder of Swagger UI's own files, in the package that brings them."""
    spec = find_spec("swagger_ui")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("swagger-ui-py is not installed")
    return Path(spec.origin).parent / "static"
