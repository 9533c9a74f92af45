"""nginx and HAProxy as children of the tests, each before a server of this machine."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from debian import find_debian

WAIT = 20.0
"""s that a proxy has to take connections."""

NGINX = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""
"""A whole configuration, as Debian's without what needs its folders."""


@contextmanager
def nginx(servers: str, port: int, folder: Path) -> Iterator[None]:
    """Run nginx with these servers, one of which listens at the port."""
    program = find_debian("nginx", "usr/sbin/nginx")
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, servers=servers), "utf-8")
    # Before its configuration is read, it writes to the log of its build.
    with _running([program, "-e", "stderr", "-p", folder, "-c", file], port):
        yield


@contextmanager
def haproxy(text: str, port: int, folder: Path) -> Iterator[None]:
    """Run HAProxy with this configuration, a frontend of which listens at the port."""
    program = find_debian("haproxy", "usr/sbin/haproxy")
    file = folder / "haproxy.cfg"
    file.write_text(text, "utf-8")
    with _running([program, "-db", "-q", "-f", file], port):
        yield


@contextmanager
def _running(command: list[str | Path], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:
        try:
            end = time.monotonic() + WAIT
            while not _takes_connections(port):
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < end
                time.sleep(0.02)
            yield
        finally:
            process.kill()


def _takes_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), WAIT).close()
    except ConnectionRefusedError:
        return False
    return True
