"""Parts of one device that its class has not, or otherwise: dynamic attributes, commands, pipes."""

from __future__ import annotations

import pytest
from fake_facilities import attribute, backend, mistakes, reasons

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.model import CmdArgType, DevFailed, PipeBlob, PipeElement

TWO_DEVICES = """\
    classes:
      A:
        attributes:
          one: {data_type: DevLong, value: 1}
          two: {data_type: DevLong, value: 2, polling_period: 500}
        commands: {Zap: {}, Beep: {out_type: DevLong}}
        pipes: {p: {data: [{name: x, type: DevLong, value: 1}]}}
    devices:
      a/b/1:
        class: A
        attributes:
          late: {data_type: DevString, value: here}
          TWO: {data_type: DevDouble, value: 2.5, unit: mm}
          early: {data_type: DevEnum, enum_labels: [A, B], value: B}
          one: {value: 3}
        commands:
          Own: {out_type: DevLong, value: 7, polling_period: 500}
          beep: {in_type: DevString}
          Also: {in_type: DevVoid}
        pipes:
          q:
            raises:
              reason: Clogged
              description: No flow
              outer: [{reason: Outer, description: Above it}]
          P:
            blob: outer
            data: [{name: b, type: DevPipeBlob, blob: inner, data: []}]
      a/b/2: {class: A}
"""


@pytest.fixture
def facility() -> FakeBackend:
    return backend(TWO_DEVICES)


def test_own_attributes_follow_those_of_the_class(facility: FakeBackend) -> None:
    """Its own come after its class's, in the order written; State and Status are the last."""
    own, other = (facility.get_device_proxy(f"a/b/{number}") for number in (1, 2))
    assert [*own.get_attribute_list()] == ["one", "two", "late", "early", "State", "Status"]
    assert [*other.get_attribute_list()] == ["one", "two", "State", "Status"]
    values = [each.value for each in own.read_attributes(["one", "two", "late", "early"])]
    assert values == [3, 2.5, "here", "B"]
    [two] = own.get_attribute_config(["two"])
    assert (two.name, two.data_type, two.unit) == ("two", CmdArgType.DevDouble, "mm")
    with pytest.raises(DevFailed) as caught:  # nothing of the class's is left
        attribute(facility, "two", "a/b/1").history()
    assert caught.value.errors[0].reason == "API_AttrNotPolled"
    assert other.read_attributes(["two"])[0].value == 2


def test_own_commands_follow_those_of_the_class(facility: FakeBackend) -> None:
    """Its own come after those of its class, which Tango sorts, and after the built-in ones."""
    own = facility.get_device_proxy("a/b/1")
    names = [info.cmd_name for info in own.command_list_query()]
    assert names == ["Beep", "Init", "State", "Status", "Zap", "Own", "Also"]
    beep = own.command_query("beep")
    assert (beep.in_type, beep.out_type) == (CmdArgType.DevString, CmdArgType.DevVoid)
    assert [each.value for each in own.command_history("own")] == [7]
    names = [info.cmd_name for info in facility.get_device_proxy("a/b/2").command_list_query()]
    assert names == ["Beep", "Init", "State", "Status", "Zap"]


def test_history_of_own_commands_is_not_found(facility: FakeBackend) -> None:
    """Tango does not find them where polling is asked for; those of the class it does."""
    own = facility.get_device_proxy("a/b/1")
    for name, reason in (
        ("ALSO", ("API_CommandNotFound", "Command also not found")),
        ("Zap", ("API_CmdNotPolled", "Command zap not polled")),
    ):
        with pytest.raises(DevFailed) as caught:
            own.command_history(name)
        assert reasons(caught) == [reason]


def test_own_pipes_replace_those_of_the_class(facility: FakeBackend) -> None:
    own, other = (facility.get_device_proxy(f"a/b/{number}") for number in (1, 2))
    assert [*own.get_pipe_list()] == ["p", "q"]
    inner = PipeElement("b", CmdArgType.DevPipeBlob, PipeBlob("inner", ()))
    assert own.read_pipe("p").blob == PipeBlob("outer", (inner,))
    assert other.read_pipe("p").blob == PipeBlob("", (PipeElement("x", CmdArgType.DevLong, 1),))
    with pytest.raises(DevFailed) as caught:
        own.read_pipe("Q")
    assert reasons(caught) == [
        ("Clogged", "No flow"),
        ("Outer", "Above it"),
        ("API_PipeFailed", "Failed to read_pipe on device a/b/1, pipe Q"),
    ]


MISTAKEN = """\
classes:
  A: {attributes: {x: {data_type: DevShort}}}
devices:
  a/b/c:
    class: A
    attributes:
      x: {data_type: DevLong, value: 1.5}
      y: {data_type: DevLong, data_format: SPECTRUM}
      z: {data_tipe: DevLong}
      v: {max_dim_x: 5}
      w: {unit: mm}
      State: {data_type: DevLong}
    commands:
      c: {out_type: DevLong, value: a}
      status: {in_type: DevLong}
      d: {polling_period: 100}
    pipes:
      p: {data: [{name: a, type: DevLong, blob: b}]}
      q: {}
      r: {data: [], raises: {reason: A, description: B}}
"""


def test_wrong_own_part_reports_its_line() -> None:
    an_integer = "expected an integer in -2147483648..2147483647"
    assert mistakes(MISTAKEN) == [
        f"7: device a/b/c, attributes.x.value: 1.5 is not valid; {an_integer}",
        "8: device a/b/c, attributes.y.max_dim_x: missing; expected the size of the largest"
        " SPECTRUM",
        "9: device a/b/c, attributes.z.data_tipe: unknown key; did you mean data_type?",
        "10: device a/b/c, attributes.v.max_dim_x: belongs to the class; expected it only beside"
        " data_type",
        "11: device a/b/c, attributes.w: class A has no such attribute; expected one of State,"
        " Status,"
        " x, y",
        "12: device a/b/c, attributes.State: every device has it already; expected no type",
        f"14: device a/b/c, commands.c.value: 'a' is not valid; {an_integer}",
        "15: device a/b/c, commands.status: every device has it already; expected no type",
        "16: device a/b/c, commands.d: class A has no such command; expected one of Init, State,"
        " Status, c",
        "18: device a/b/c, pipes.p.data.0.blob: not allowed with type DevLong; expected it only"
        " for a"
        " DevPipeBlob",
        "19: device a/b/c, pipes.q.data: expected either data or raises",
        "20: device a/b/c, pipes.r.data: expected either data or raises",
    ]


def test_attribute_that_a_command_cannot_set_is_reported() -> None:
    """The attribute is of another type in the device: the command would fail when it is run."""
    found = mistakes(
        """\
        classes:
          A:
            attributes: {x: {data_type: DevLong}, y: {data_type: DevLong}}
            commands: {c: {behaviour: {set_attributes: {x: 9}}}}
        devices:
          a/b/c: {class: A, attributes: {x: {data_type: DevString}}}
          a/b/d: {class: A, attributes: {y: {data_type: DevString}}}
        """
    )
    what = "commands.c.behaviour.set_attributes.x: 9 is not valid; expected text"
    assert found == [f"6: device a/b/c, {what}"]
