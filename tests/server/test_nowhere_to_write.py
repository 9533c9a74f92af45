"""The program where nothing can be written: disks that are full, read-only, or not there.

Figures, bodies and answers that wait are in memory, so all of it goes on.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtango_ref.figures.metrics import ROW
from mtango_ref.settings.model import Settings
from program import SCRIPT, TIMEOUT, Serving, environment, serving
from raw import connection, exchange, get

if sys.platform == "win32":
    pytest.skip("Windows has neither mounts nor limits of a process", allow_module_level=True)

D = "/tango/rest/rc3/hosts/localhost/10000/devices/sys/tg_test/1"
VALUE = f"{D}/attributes/double_scalar/value"
FOLDERS = ("/tmp", "/var/tmp", "/usr/tmp", "/dev/shm")
"""The folders where Python, and the C library, make temporary files and shared memory."""
MOUNT = {
    "full": """\
for folder in {folders}; do
  mount -t tmpfs -o size=4k none $folder; head -c 9999 /dev/zero > $folder/full
done""",
    "read-only": "for folder in {folders}; do mount -t tmpfs -o ro none $folder; done",
}


def mounting(state: str) -> list[str]:
    """Return a command that runs another one where those folders are others."""
    folders = " ".join(each for each in FOLDERS if Path(each).is_dir())
    script = f'{MOUNT[state].format(folders=folders)} 2> /dev/null; cd /proc; exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh"]


def can_mount() -> bool:
    if shutil.which("unshare") is None or os.geteuid() != 0:
        return False
    return subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


NOWHERE = {
    # Each file has no room for a byte, and nobody else's has less.
    "no room in a file": ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"],
    "full": mounting("full"),
    "read-only": mounting("read-only"),
}


@pytest.fixture(scope="module", params=["fake", pytest.param("tango", marks=pytest.mark.tango)])
def backend_name(request: pytest.FixtureRequest) -> str:
    """Return fake, or tango with the real facility running."""
    if request.param == "tango":
        request.getfixturevalue("facility")
    return str(request.param)


@pytest.fixture(scope="module", params=NOWHERE)
def server(request: pytest.FixtureRequest, backend_name: str) -> Iterator[Serving]:
    """Start the program, with two workers where it may have them."""
    if "unshare" in NOWHERE[request.param] and not can_mount():
        pytest.skip("only root may mount")
    workers = {"fake": "1", "tango": "2"}[backend_name]
    start = [*NOWHERE[request.param], *SCRIPT]
    with serving("--backend", backend_name, start=start, MTANGO_WORKERS=workers) as started:
        yield started
        assert started.errors() == ""


def test_figures_are_counted(server: Serving) -> None:
    """The figures are those of all workers, in both places where they are shown."""
    stats = "/tango/rest/sys/stats"
    before = exchange(server.port, get(stats, "Connection: close")).json["requests"]
    for _ in range(20):
        assert exchange(server.port, get(VALUE, "Connection: close")).status == 200
    assert exchange(server.port, get(stats, "Connection: close")).json["requests"] == before + 21
    metrics = exchange(server.port, get("/metrics", "Connection: close"))
    assert metrics.status == 200
    assert b'{operation="readAttribute",method="GET",status="200"} 20\n' in metrics.content


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_longest_body_is_taken(server: Serving, chunked: bool) -> None:
    """Writes are off: the answer is the one that a short body has."""
    # Of chunks the lines that part them count, too.
    body = b"1" * (Settings().max_body - 32)
    coding = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    reply = exchange(server.port, get(VALUE, coding, method="PUT") + sent)
    short = exchange(server.port, get(VALUE, "Content-Length: 1", method="PUT") + b"1")
    assert (reply.status, short.status) == (501, 501)
    assert {**reply.json, "timestamp": 0} == {**short.json, "timestamp": 0}


def test_large_answers_wait_for_their_client(server: Serving) -> None:
    """They come whole when it reads on, and others are answered meanwhile."""
    images = ",".join(
        f"{each}_image_ro" for each in ("double", "float", "long", "short", "uchar", "ushort")
    )
    path = f"{D}/attributes/value?attr={images.replace(',', '&attr=')}"
    with connection(server.port) as opened:
        opened.send(get(path) * 12)
        assert opened.socket.recv(1, socket.MSG_PEEK) == b"H"
        assert exchange(server.port, get(VALUE)).status == 200
        replies = [opened.reply() for _ in range(12)]
    assert len(replies[0].content) > 1_200_000
    values = [[(each["name"], each["value"]) for each in reply.json] for reply in replies]
    assert [[name for name, _ in each] for each in values] == [images.split(",")] * 12
    assert all(len(rows) == 251 for each in values for _, rows in each)


LIMITED = """\
import resource, sys
from pathlib import Path

import mtango_ref.__main__, mtango_ref.figures.rows, mtango_ref.processes.master, mtango_ref.server

pages = int(Path("/proc/self/statm").read_text("utf-8").split()[0])
most = pages * resource.getpagesize() + 2**24
resource.setrlimit(resource.RLIMIT_AS, (most, most))
mtango_ref.__main__.main()
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_memory_that_is_missing_ends_the_start_with_a_sentence() -> None:
    """64 workers have more figures than 16 MiB hold."""
    command = [sys.executable, "-c", LIMITED, "serve", "--backend", "tango", "--port", "0"]
    ended = subprocess.run(
        [*command, "--workers", "64"],
        env=environment({"TANGO_HOST": "localhost:1"}),
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    size = 2 * 64 * ROW * 8
    assert ended.stderr == (
        f"Error: The figures of the workers need {size >> 10} KiB of shared memory:"
        " Cannot allocate memory.\n"
    )
