"""Pipes that are written, on both backends; below HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import REAL
from mtango_ref.interface import Backend, Device
from mtango_ref.model import CmdArgType, ConnectionFailed, DevFailed, DevState, PipeElement
from writing import blobs
from writing.blobs import blob, element
from writing.echoing import DEVICE

OTHER = "test/echoing/2"


@pytest.fixture
def device(echoing: Backend) -> Device:
    if not echoing.capabilities.has_pipes:
        pytest.skip("this PyTango has no pipes")
    return echoing.get_device_proxy(DEVICE)


def outer(pipe: str, device: str = DEVICE) -> tuple[str, str]:
    return "API_PipeFailed", f"Failed to write_pipe on device {device}, pipe {pipe}"


def stack(device: Device, pipe: str, content: Any) -> list[tuple[str, str]]:
    with pytest.raises(DevFailed) as failed:
        device.write_pipe(pipe, content)
    return [(each.reason, each.desc) for each in failed.value.errors]


def test_pipe_gives_what_was_written(device: Device) -> None:
    before = device.read_pipe("other")
    device.write_pipe(
        "KEPT",
        blob(
            element("DevState", "FAULT", name="s"),
            element("DevPipeBlob", blob(element("DevEnum", [7], name="i"), name="in"), name="p"),
            name="written",
        ),
    )
    read = device.read_pipe("kept")
    # Tango sends a DevEnum as a DevShort.
    inner = PipeElement("i", CmdArgType.DevShort, 7)
    assert (read.name, read.blob.name) == ("Kept", "written")
    state, nested = read.blob.data
    assert state == PipeElement("s", CmdArgType.DevState, DevState.FAULT)
    assert (nested.name, nested.value.name, nested.value.data) == ("p", "in", (inner,))
    assert device.read_pipe("other").blob == before.blob


@pytest.mark.parametrize("number", range(len(blobs.REFUSED)))
def test_refused_blob_is_not_written(device: Device, number: int) -> None:
    content, sentence = blobs.REFUSED[number]
    before = device.read_pipe("other").blob
    assert stack(device, "Other", content) == [("API_PipeWrongArg", sentence), outer("Other")]
    assert device.read_pipe("other").blob == before


def test_two_elements_of_one_name_are_refused(device: Device) -> None:
    content, sentence = blobs.DUPLICATE
    assert stack(device, "other", content) == [
        ("API_PipeDuplicateDEName", sentence),
        outer("other"),
    ]


def test_pipe_that_can_only_be_read_is_not_written(device: Device) -> None:
    reason = ("API_PipeNotWritable", "Pipe FIXED is not writable")
    assert stack(device, "FIXED", blob(element("DevLong", 1))) == [reason, outer("FIXED")]
    assert device.read_pipe("fixed").blob.data == (PipeElement("x", CmdArgType.DevLong, 3),)


def test_unknown_pipe_is_not_found(device: Device) -> None:
    reason = ("API_PipeNotFound", "Nope pipe not found")
    assert stack(device, "Nope", blob(element("DevLong", 1))) == [reason, outer("Nope")]


def test_pipe_that_cannot_be_read_can_be_written(device: Device) -> None:
    device.write_pipe("broken", blob(element("DevLong", 1)))
    with pytest.raises(DevFailed) as failed:
        device.read_pipe("broken")
    assert failed.value.errors[0].reason == "Broken"


@pytest.mark.usefixtures("device")
def test_pipe_of_a_stopped_device_fails(echoing: Backend) -> None:
    stopped = echoing.get_device_proxy(OTHER)
    with pytest.raises(ConnectionFailed) as failed:
        stopped.write_pipe("Kept", blob(element("DevLong", 1)))
    text = f"Device {OTHER} is not exported (hint: try starting the device server)"
    assert [(each.reason, each.desc) for each in failed.value.errors] == [
        ("API_DeviceNotExported", text),
        outer("Kept", OTHER),
    ]
    # What is wrong by itself is said before anybody is asked.
    assert stack(stopped, "Kept", None)[0][0] == "API_PipeWrongArg"


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("echoing", [REAL], indirect=True)
def test_recording_says_which_pipes_can_be_written(echoing: Backend) -> None:
    from mtango_ref.tools.recorder.recording import recorded

    recording = recorded(echoing, DEVICE)  # type: ignore[arg-type]  # a TangoBackend
    pipes = recording.parts["pipes"]
    assert {name: pipe.get("writable") for name, pipe in pipes.items()} == {
        "Kept": "READ_WRITE",
        "broken": "READ_WRITE",
        "fixed": None,
        "other": "READ_WRITE",
    }
    assert pipes["broken"]["raises"]["reason"] == "Broken"
