"""A request as a line for the shell."""

from __future__ import annotations

import re
import shlex
from urllib.parse import urlsplit

from mtango_ref.conformance.model import Request


def curl(request: Request, base: str, user: str | None = None) -> str:
    """Write the line that asks the same; curl asks for the password of a user.

    base: URL of the entry point.
    """
    words = ["curl", "-i"]
    server = urlsplit(base)
    url = f"{server.scheme}://{server.netloc}{request.target(server.path)}"
    if re.search(r"[][{}]", url):
        words.append("-g")  # they stand for themselves
    if re.search(r"/\.\.?(/|$)", url.partition("?")[0]):
        words.append("--path-as-is")
    if user is not None:
        words += ["-u", user]
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
