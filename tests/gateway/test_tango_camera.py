"""A camera of 24 MB an image, and clients that ask for it and do not read."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from facility import CAMERA, Facility
from master_process import eventually
from program import Serving, serving
from raw import check_failure, connection, deaf, exchange, get
from rest_answers import P

pytestmark = pytest.mark.tango

MOST = 64 * 1024**2
IMAGE = f"/tango/rest{P}/devices/{CAMERA}/attributes/image/value"
SCALAR = f"/tango/rest{P}/devices/sys/tg_test/1/attributes/string_scalar/value"


def memory(gateway: Serving, key: str) -> int:
    """Read the bytes of a figure of /proc/PID/status, of the one worker."""
    pid = gateway.process.pid
    worker = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").strip()
    status = Path(f"/proc/{worker}/status").read_text("utf-8")
    return int(status.split(f"{key}:")[1].split()[0]) * 1024


def test_images_that_nobody_reads_are_bounded(facility: Facility) -> None:
    """Twelve of them would be 300 MB."""
    sentence = (
        f"Too many bytes wait for clients that read slowly; at most {MOST} may (max_unsent)."
        " Ask again in a moment."
    )
    with (
        facility.camera(),
        serving("--backend", "tango", f"--max-unsent={MOST}") as gateway,
        connection(gateway.port) as other,
    ):
        length = len(exchange(gateway.port, get(IMAGE)).content)
        assert length > MOST / 3
        before = memory(gateway, "VmRSS")
        with deaf(gateway.port, 12, get(IMAGE)) as clients:
            assert eventually(lambda: exchange(gateway.port, get(IMAGE)).status == 503)
            for each in clients:  # one that is answered later would have the room of one who read
                assert each.socket.recv(1, socket.MSG_PEEK) == b"H"
            other.send(get(SCALAR))
            assert other.reply().json["value"] == "Default string"
            refused = exchange(gateway.port, get(IMAGE))
            check_failure(refused, 503, "SERVICE_UNAVAILABLE", sentence)
            assert refused.headers["retry-after"] == "1"
            statuses = [each.reply().status for each in clients]
        assert 2 <= statuses.count(200) <= 4
        assert statuses.count(503) == 12 - statuses.count(200)
        # At one device are 4 requests at a time, each with an image of 8 MB of its own.
        assert memory(gateway, "VmHWM") < before + MOST + 64 * 1024**2
        assert eventually(lambda: exchange(gateway.port, get(IMAGE)).status == 200)
        assert eventually(lambda: memory(gateway, "VmRSS") < before + 30 * 1024**2)
