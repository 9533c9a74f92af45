"""The swagger files for the settings in force, and the page that shows them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import falcon
import orjson

from mtango_ref import specification
from mtango_ref.links import Base
from mtango_ref.settings import Settings

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>mtango-ref: the Tango REST API rc3</title>
<link rel="stylesheet" href="{ui}/swagger-ui.css">
<link rel="icon" href="{ui}/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{ui}/swagger-ui-bundle.js"></script>
<script src="{ui}/swagger-ui-standalone-preset.js"></script>
<script>
SwaggerUIBundle({{
  urls: {urls},
  "urls.primaryName": "rc3.yml",
  dom_id: "#swagger-ui",
  layout: "StandaloneLayout",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  validatorUrl: null
}});
</script>
</body>
</html>
"""


class SwaggerFile:
    """One of the three files."""

    def __init__(self, name: str, settings: Settings, has_pipes: bool) -> None:
        self._arguments = (name, settings, has_pipes)
        self._text = b""

    def on_get(self, _: falcon.Request, resp: falcon.Response) -> None:
        """The file; written when first asked for, so that nobody else waits for it."""
        self._text = self._text or specification.served(*self._arguments)
        resp.content_type = "application/yaml"
        resp.data = self._text


class SwaggerPage:
    """Swagger UI with the three files; everything it needs comes from this server."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The page."""
        swagger = self._base.root(req) + "/swagger"
        urls = [{"url": f"{swagger}/{name}", "name": name} for name in specification.FILES]
        resp.content_type = falcon.MEDIA_HTML
        # A setting may hold "</script>", which ends the script wherever it stands.
        script = orjson.dumps(urls).decode().replace("<", "\\u003c")
        resp.text = _PAGE.format(ui=f"{swagger}/ui", urls=script)


def static_files() -> Path:
    """The folder of Swagger UI's own files, from the package that brings them."""
    spec = find_spec("swagger_ui")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("swagger-ui-py is not installed")
    return Path(spec.origin).parent / "static"
