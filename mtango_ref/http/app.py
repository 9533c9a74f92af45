"""The Falcon app: the whole URL tree, the error handlers, the middleware."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

import falcon

from mtango_ref import __version__, manual, openapi
from mtango_ref.http import cors
from mtango_ref.http.answers import At, Page, Responder, falcon_responder
from mtango_ref.http.changes import Changes
from mtango_ref.http.facilities import Facilities
from mtango_ref.http.failures import Failures
from mtango_ref.http.figures import Figures
from mtango_ref.http.later import Later
from mtango_ref.http.links import Base
from mtango_ref.http.middleware import Middleware, Response
from mtango_ref.http.pages import Pages
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.http.resources.attributes import Attributes
from mtango_ref.http.resources.commands import Commands
from mtango_ref.http.resources.manual import ManualPage
from mtango_ref.http.resources.operating import Operating
from mtango_ref.http.resources.pipes import Pipes
from mtango_ref.http.resources.properties import Properties
from mtango_ref.http.resources.redirect import Redirect
from mtango_ref.http.resources.resource import device_name
from mtango_ref.http.resources.swagger import ICON, SwaggerFile, SwaggerPage, static_files
from mtango_ref.http.resources.system import System
from mtango_ref.http.resources.tree import Tree
from mtango_ref.http.routes import Router
from mtango_ref.http.views import Views
from mtango_ref.http.writable import Writable
from mtango_ref.interface import Backend
from mtango_ref.logs.audit import audit_log
from mtango_ref.manual.html import INDEX
from mtango_ref.names import lower
from mtango_ref.settings.model import Settings


class App(falcon.App[falcon.Request, falcon.Response]):
    """The whole application, as WSGI has it."""

    changes: Changes
    """The changes asked for by requests; some may be made when the last answer has gone out."""


P = "/rc3/hosts/{host}/{port}"
D = P + "/devices/{domain}/{family}/{member}"
A = D + "/attributes/{attribute}"
C = D + "/commands/{command}"

# path below app_base -> where its responders are, and the suffix of their names
TREE: dict[str, tuple[type, str]] = {
    "": (Tree, "entry_point"),
    "/rc3": (Tree, "rc3"),
    "/rc3/hosts": (Tree, "hosts"),
    P: (Tree, "database"),
    P + "/devices": (Tree, "devices"),
    D: (Tree, "device"),
    D + "/state": (Tree, "state"),
    D + "/attributes": (Attributes, "list"),
    # Falcon tries a literal before a field: so nobody has the links of an attribute called value.
    D + "/attributes/value": (Attributes, "values"),
    D + "/attributes/info": (Attributes, "infos"),
    A: (Attributes, "one"),
    A + "/value": (Attributes, "value"),
    A + "/info": (Attributes, "info"),
    A + "/history": (Attributes, "history"),
    # rc3 writes change[/periodic][/user], one below the other; meant are three alternatives.
    A + "/change": (Attributes, "change"),
    A + "/periodic": (Attributes, "periodic"),
    A + "/user": (Attributes, "user"),
    A + "/properties": (Properties, "attribute_list"),
    A + "/properties/{property}": (Properties, "attribute_one"),
    D + "/commands": (Commands, "list"),
    C: (Commands, "one"),
    C + "/history": (Commands, "history"),
    D + "/properties": (Properties, "list"),
    D + "/properties/{property}": (Properties, "one"),
    D + "/pipes": (Pipes, "list"),
    D + "/pipes/{pipe}": (Pipes, "one"),
    "/sys": (System, "entry_point"),
    "/sys/config": (System, "config"),
    "/sys/cache/devices": (System, "cached_devices"),
    "/sys/cache/attributes": (System, "cached_attributes"),
    "/sys/active/devices": (System, "cached_devices"),
    "/sys/active/attributes": (System, "cached_attributes"),
    "/sys/stats": (System, "stats"),
    "/sys/clean/devices": (System, "clean_devices"),
    "/sys/clean/attributes": (System, "clean_attributes"),
}


def create_app(settings: Settings, backend: Backend, facilities: Facilities | None = None) -> App:
    """Make the server of its collaborators.

    facilities: the backend as it is served, for callers that want to put another one in its place.
    """
    if facilities is None:
        facilities = Facilities(backend, settings.cache_size, value_ttl=settings.value_ttl)
    rc3 = Rc3(settings.rc3_mode)
    base = Base(settings.app_base, settings.public_url)
    operations = openapi.operations(settings, backend.capabilities)
    ids = _ids(settings.app_base, operations) | _ids("", openapi.operating(settings))
    figures = Figures(facilities, ids)
    facets = (Tree, Commands, Properties, Pipes)
    resources: dict[type, object] = {facet: facet(facilities, rc3, base) for facet in facets}
    resources[Attributes] = Attributes(
        facilities, rc3, base, settings.max_attributes, "writes" in settings.extensions
    )
    config = {"version": __version__, **settings.model_dump(mode="json")}
    resources[System] = System(facilities, base, figures, config)

    middleware = Middleware(
        figures, cors.chosen(settings), settings.compress_above, settings.value_ttl > 0
    )
    app = App(middleware=[middleware], response_type=Response, router=Router())
    app.changes = _changes(settings, backend, base, facilities)
    views = Views(settings, base)
    # rc3: "One trailing slash more or less never matters", and tangojs asks for P/.
    app.req_options.strip_url_path_trailing_slash = True
    Failures(rc3, figures, facilities, settings).add_to(app)
    _add_tree(app, settings, resources, operations, views)
    _add_operating(app, settings, facilities, figures)
    _add_swagger(app, settings, base, backend)
    _add_manual(app, settings, base)
    return app


def _changes(settings: Settings, backend: Backend, base: Base, facilities: Facilities) -> Changes:
    return Changes(
        Pages(cors.chosen(settings), base),
        Writable(settings.writable, backend.capabilities.control_device),
        Later(),
        facilities.row,
        audit_log(settings.audit_log),
        facilities.forget_values,
    )


def _ids(
    app_base: str, operations: Sequence[openapi.Operation]
) -> dict[tuple[str | None, str], str]:
    """Return the id of each operation, by the template of its route and its method."""
    return {(app_base + each.path or "/", each.method): each.operation_id for each in operations}


def _add_tree(
    app: App,
    settings: Settings,
    resources: dict[type, object],
    operations: Sequence[openapi.Operation],
    views: Views,
) -> None:
    """Add one route per path of the swagger files; operations that are off answer 501."""
    paths: dict[str, list[openapi.Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, []).append(operation)
    for path, at_path in paths.items():
        facet, suffix = TREE[path]
        route = _Route(resources[facet], suffix, at_path, app.changes, views, settings.max_response)
        app.add_route(settings.app_base + path or "/", route)


class _Route:
    """The responders of one path. An operation that is on and has none is a defect, and
    stops the start; nothing beyond the swagger files is answered."""

    def __init__(
        self,
        resource: object,
        suffix: str,
        operations: Sequence[openapi.Operation],
        changes: Changes,
        views: Views,
        max_response: int,
    ) -> None:
        self.off = {operation.method for operation in operations if operation.status == 501}
        """The methods that are 501."""
        for operation in operations:
            method = operation.method.lower()
            if operation.method in self.off:
                respond = _not_implemented(operation)
            else:
                kind = method if operation.only is None else "control"
                respond = getattr(resource, f"{kind}_{suffix}")
            if operation.only is not None:
                # The control device of a fake runs its commands, though `writes` is off.
                respond = _for_one_device(operation, changes.at_once(respond))
            elif operation.extension == "writes" and operation.method not in self.off:
                respond = changes.responder(operation.operation_id, respond)
            elif operation.path.startswith(openapi.RC3) and method == "get":
                respond = views.responder(operation, respond)
            responder = falcon_responder(respond, max_response)
            # rc3: "Known path, method that rc3 does not define 405": so Falcon answers the rest.
            setattr(self, f"on_{method}", responder)
            if operation.method == "GET":
                # RFC 9110, 9.1: "All general-purpose servers MUST support the methods GET and
                # HEAD." Falcon leaves the body away.
                self.on_head = responder
        # RFC 9110, 9.3.2: "The HEAD method is identical to GET except that" it has no content.
        if "GET" in self.off:
            self.off.add("HEAD")


def _for_one_device(operation: openapi.Operation, respond: Responder) -> Responder:
    """Return the responder of an operation that is on for one device only."""
    only, otherwise = lower(str(operation.only)), _not_implemented(operation)

    def choose(req: falcon.Request, at: At) -> Any:
        chosen = respond if lower(device_name(at)) == only else otherwise
        return chosen(req, at)

    return choose


def _not_implemented(operation: openapi.Operation) -> Responder:
    """Return the responder of an operation that is off: 501, with what would switch it on."""
    missing = (
        "this PyTango does not support pipes"
        if operation.needs == "pipes"
        else f"the extension {operation.needs!r} is off"
    )

    def refuse(_: falcon.Request, __: At) -> None:
        # rc3: "Known operation whose extension is off 501"; what rc3 does not define is 404 or 405.
        raise falcon.HTTPNotImplemented(
            description=f"{operation.summary}: rc3 defines it, but {missing}."
        )

    return refuse


def _add_operating(app: App, settings: Settings, facilities: Facilities, figures: Figures) -> None:
    build = {
        "version": __version__,
        "python": platform.python_version(),
        "backend": settings.backend,
    }
    resource = Operating(facilities, figures, build)
    responders = {
        "getLiveness": resource.get_live,
        "getReadiness": resource.get_ready,
        "getMetrics": resource.get_metrics,
    }
    for operation in openapi.operating(settings):
        app.add_route(operation.path, Page(responders[operation.operation_id]))


def _add_swagger(app: App, settings: Settings, base: Base, backend: Backend) -> None:
    for name in openapi.FILES:
        file = SwaggerFile(name, settings, backend.capabilities, base)
        app.add_route(f"/swagger/{name}", Page(file.get))
    app.add_route("/swagger", Page(SwaggerPage(base).get))
    app.add_static_route("/swagger/ui", static_files())
    # What a browser asks for by itself; elsewhere than at the root, the API has no say in it.
    for path, target in (("/", "/swagger/"), ("/favicon.ico", f"/swagger/ui/{ICON}")):
        if path != (settings.app_base or "/"):
            app.add_route(path, Page(Redirect(base, target).get))


def _add_manual(app: App, settings: Settings, base: Base) -> None:
    if settings.app_base.split("/")[1:2] == ["manual"]:
        return  # the API is there, and the command line still prints the manual
    app.add_route("/manual", Page(ManualPage(INDEX, base).get))
    for name in manual.PAGES:
        app.add_route(f"/manual/{name}", Page(ManualPage(name, base).get))
