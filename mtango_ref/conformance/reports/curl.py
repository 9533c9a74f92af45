"""A request as a line for the shell."""

from __future__ import annotations

import re
import shlex
from urllib.parse import urlsplit

from mtango_ref.conformance.model import Request, Server


def curl(request: Request, server: Server) -> str:
    """Write the line that asks the server the same; curl asks for the password of its user."""
    words = ["curl", "-i"]
    base = urlsplit(server.place.base)
    url = f"{base.scheme}://{base.netloc}{request.target(base.path)}"
    if re.search(r"[][{}]", url):
        words.append("-g")  # they stand for themselves
    if re.search(r"/\.\.?(/|$)", url.partition("?")[0]):
        words.append("--path-as-is")
    if server.user is not None:
        words += ["-u", server.user]
    if request.method == "HEAD":
        words.append("-I")
    elif request.method != "GET" or request.body:
        words += ["-X", request.method]
    for name, text in request.headers.items():
        words += ["-H", f"{name}: {text}" if text else f"{name};"]
    if not request.body:
        return shlex.join([*words, url])
    if "content-type" not in {name.lower() for name in request.headers}:
        words += ["-H", "content-type:"]  # else curl makes it a form's
    return _with_body(words, url, request.body)


def _with_body(words: list[str], url: str, body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return shlex.join([*words, "--data-raw", text, url])
    # No argument can have these.
    octal = "".join(f"\\{byte:03o}" for byte in body)
    return f"printf '{octal}' | " + shlex.join([*words, "--data-binary", "@-", url])
