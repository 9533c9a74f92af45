"""A fake that follows its fixture, however the file is changed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fake_facilities import Clock

from echo_server import eventually
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.watch import Watch
from mtango_ref.fixture.loading import FixtureError

FIXTURE = """\
classes: {{A: {{attributes: {{x: {{data_type: DevLong, value: {value}, polling_period: 1000}}}}}}}}
devices: {{a/b/{name}: {{class: A}}}}
"""
INTERVAL = 0.005  # s


class Followed:
    """A watched fixture, the backends served and the messages said in a test."""

    def __init__(self, file: Path) -> None:
        self.file, self.clock = file, Clock()
        self.write(1)
        self.said: list[str] = []
        self.served: list[FakeBackend] = []
        self.watch = Watch(
            str(file),
            lambda facility: FakeBackend(facility, 7, self.clock),
            self.said.append,
            INTERVAL,
        )

    def write(self, value: object, name: str = "c") -> None:
        """Replace the file at once: a slow machine might find it half written for long."""
        other = self.file.with_name("my.yml.new")
        other.write_text(FIXTURE.format(value=value, name=name), "utf-8")
        other.replace(self.file)

    def value(self) -> object:
        """Return the device's value in the facility that is served."""
        backend = (self.served or [self.watch.backend])[-1]
        return backend.get_attribute_proxy(backend.get_device_proxy("a/b/c"), "x").read().value

    def serves(self, value: object) -> bool:
        return eventually(lambda: self.value() == value)

    def says(self, count: int) -> list[str]:
        """Return all that was said, when it is so many messages."""
        assert eventually(lambda: len(self.said) >= count), self.said
        return self.said


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    follows = Followed(tmp_path / "my.yml")
    with follows.watch.following(follows.served.append):
        yield follows


def in_place(followed: Followed) -> None:
    followed.file.write_text(FIXTURE.format(value=2, name="c"), "utf-8")


def by_rename(followed: Followed) -> None:
    followed.write(2)


def made_anew(followed: Followed) -> None:
    followed.file.unlink()
    in_place(followed)


def as_old_as_before(followed: Followed) -> None:
    """Write a file of the same size and time, as after `cp -p`."""
    before = followed.file.stat()
    in_place(followed)
    os.utime(followed.file, ns=(before.st_atime_ns, before.st_mtime_ns))


def by_a_link(followed: Followed) -> None:
    """Change a link, as a volume of Kubernetes does."""
    other = followed.file.with_name("other.yml")
    followed.file.rename(other)
    followed.file.symlink_to(other)
    third = followed.file.with_name("third.yml")
    third.write_text(FIXTURE.format(value=2, name="c"), "utf-8")
    link = followed.file.with_name("link")
    link.symlink_to(third)
    link.replace(followed.file)


@pytest.mark.parametrize(
    "change",
    [in_place, by_rename, made_anew, as_old_as_before, by_a_link],
    ids=lambda f: f.__name__,
)
def test_change_is_served(followed: Followed, change: Callable[[Followed], None]) -> None:
    change(followed)
    assert followed.serves(2)
    assert eventually(lambda: followed.said[-1:] != [])
    assert followed.said[-1].endswith(", and was reloaded.")


def test_mistake_is_reported_until_it_is_mended(followed: Followed) -> None:
    """The facility stays; all mistakes are reported, and so is their end."""
    followed.write("x", name="c/d")
    [said] = followed.says(1)
    assert said.splitlines() == [
        f"The fixture {followed.file} has 2 mistakes:",
        f"{followed.file}:1:52: class A, attributes.x.value: 'x' is not valid;"
        " expected an integer in -2147483648..2147483647",
        f"{followed.file}:2:11: fixture, devices.a/b/c/d: 'a/b/c/d' is not a valid name; expected"
        " domain/family/member, each text without / and NUL",
        "The server continues with the fixture as it was before.",
    ]
    assert (followed.served, followed.value()) == ([], 1)
    followed.file.unlink()
    assert f"{followed.file}:1:1: cannot be read: No such file" in followed.says(2)[1]
    followed.write(3)
    assert followed.says(3)[2] == (f"The fixture {followed.file} is valid again, and was reloaded.")
    assert followed.value() == 3
    followed.write(4)
    assert followed.says(4)[3] == (f"The fixture {followed.file} has changed, and was reloaded.")
    assert len(followed.served) == 2


def test_time_goes_on(followed: Followed) -> None:
    """A reload is not a start: the seed stays, and what polling kept before."""
    began = followed.clock.now
    followed.clock.now += 3
    followed.write(2)
    assert followed.serves(2)
    backend = followed.served[0]
    history = backend.get_attribute_proxy(backend.get_device_proxy("a/b/c"), "x").history()
    assert [reading.time for reading in history] == [began, began + 1, began + 2, began + 3]


def test_csv_of_a_fixture_is_watched(tmp_path: Path) -> None:
    seen: list[Path] = []
    from mtango_ref.fixture.csv_columns import Column, CsvFolder

    (tmp_path / "a.csv").write_text("1\n", "utf-8")
    CsvFolder(tmp_path, seen.append)._read("a.csv", [Column(1, int)])
    assert seen == [tmp_path / "a.csv"]


def test_the_start_needs_a_fixture_that_is_right(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match="No such file"):
        Watch(str(tmp_path / "no.yml"), FakeBackend, print)


def test_the_thread_ends_with_the_context(tmp_path: Path) -> None:
    follows = Followed(tmp_path / "my.yml")
    with ExitStack() as stack:
        stack.enter_context(follows.watch.following(follows.served.append))
        assert "fixture watch" in [thread.name for thread in threading.enumerate()]
    assert "fixture watch" not in [thread.name for thread in threading.enumerate()]
