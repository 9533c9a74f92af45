"""Files that people name: read within a limit, written whole or not at all."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mtango_ref.files import Unreadable, read_file, read_stream, write_file
from program import TIMEOUT

TOO_LARGE = "too large; expected at most 3 bytes"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "named.txt"


def test_file_as_large_as_the_limit_is_read(path: Path) -> None:
    path.write_bytes(b"abc")
    assert read_file(path, 3) == b"abc"


def _fill(path: Path) -> None:
    path.write_bytes(b"abcd")


@pytest.mark.parametrize(
    ("make", "why", "hint"),
    [
        (_fill, TOO_LARGE, ""),
        (lambda _: None, "No such file or directory", "; expected a poem"),
        (Path.mkdir, "Is a directory", "; expected a poem"),
        (os.mkfifo, "not a file", "; expected a poem"),
        (lambda path: path.symlink_to("/dev/zero"), "not a file", "; expected a poem"),
        (
            lambda path: path.symlink_to(path),
            "Too many levels of symbolic links",
            "; expected a poem",
        ),
    ],
)
def test_file_is_refused_with_its_name_and_why(
    make: Callable[[Path], None], why: str, hint: str, path: Path
) -> None:
    make(path)
    with pytest.raises(Unreadable) as plain:
        read_file(path, 3)
    assert (str(plain.value), plain.value.why) == (f"{path} cannot be read: {why}", why)
    with pytest.raises(Unreadable) as expected:
        read_file(path, 3, expected="a poem")
    assert expected.value.why == why + hint


def test_name_with_nul_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        read_file("a\0b", 3)
    assert refused.value.why == "embedded null byte"


@pytest.mark.parametrize(("written", "why"), [(b"abc", None), (b"abcd", TOO_LARGE)])
def test_pipe_is_read_where_it_may_be(written: bytes, why: str | None, path: Path) -> None:
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(written,))
    writer.start()
    try:
        if why is None:
            assert read_file(path, 3, pipes=True) == written
        else:
            with pytest.raises(Unreadable, match=why):
                read_file(path, 3, pipes=True)
    finally:
        writer.join()


def test_device_is_read_up_to_the_limit() -> None:
    with pytest.raises(Unreadable, match=TOO_LARGE):
        read_file("/dev/zero", 3, pipes=True)


def test_stream_is_refused_under_its_name() -> None:
    assert read_stream(io.BytesIO(b"abc"), "standard input", 3) == b"abc"
    with pytest.raises(Unreadable) as refused:
        read_stream(io.BytesIO(b"abcd"), "standard input", 3)
    assert str(refused.value) == f"standard input cannot be read: {TOO_LARGE}"


def test_file_is_written_anew(path: Path) -> None:
    for content in (b"first", b"", b"second\n"):
        write_file(path, content)
        assert path.read_bytes() == content
    assert [*path.parent.iterdir()] == [path]


def test_file_keeps_its_content_when_writing_fails(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_file(path, b"after")
    assert path.read_bytes() == b"before"
    assert [*path.parent.iterdir()] == [path]


def test_link_stays_a_link(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    write_file(link, b"through it")
    assert link.is_symlink()
    assert path.read_bytes() == b"through it"


def test_device_stays_a_device(path: Path) -> None:
    path.symlink_to("/dev/null")
    write_file(path, b"gone")
    assert path.is_char_device()


@pytest.mark.parametrize("standard", ["/dev/stdout", "/dev/stderr"])
def test_standard_output_is_written_to_where_it_is(standard: str, path: Path) -> None:
    """Others write to that file, too: it has what came before, and what comes behind."""
    path.write_bytes(b"before\n")
    inode = path.stat().st_ino
    program = f"""
from pathlib import Path
from mtango_ref.files import write_file
write_file(Path({standard!r}), b"written\\n")
"""
    line = f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} && echo behind"
    with path.open("ab") as file:
        subprocess.run(["sh", "-c", line], stdout=file, stderr=file, check=True, timeout=TIMEOUT)
    assert path.read_bytes() == b"before\nwritten\nbehind\n"
    assert path.stat().st_ino == inode
    assert [*path.parent.iterdir()] == [path]


def test_folder_is_not_written(path: Path) -> None:
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        write_file(path, b"content")
    with pytest.raises(FileNotFoundError):
        write_file(path / "no" / "folder", b"content")
