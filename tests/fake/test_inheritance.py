"""Classes that inherit: what they have, and what is wrong with some."""

from __future__ import annotations

from textwrap import dedent

import pytest
from fake_facilities import attribute, backend, mistakes, reasons

from mtango_ref.fixture.checking import pieces
from mtango_ref.fixture.loading import FixtureError, parse
from mtango_ref.model import AttrWriteType, CmdArgType, DevFailed

FAMILY = """\
    classes:
      Stepper:                          # before what it inherits
        inherits: Motor
        properties: {Axis: 7, microsteps: 256}
        attributes:
          Position: {unit: deg, value: 5}
          Microstep: {data_type: DevLong}
          Velocity: {simulation: {quantity_simulation_type: Sine}}
        commands: {home: {out_type_desc: where it is}, Rest: }
        pipes: {Trace: {data: []}, Log: {blob: log, raises: {reason: Full, description: No room}}}
      Motor:
        inherits: Base
        properties: {axis: 1, limits: [0, 10]}
        attributes:
          position: {data_type: DevDouble, writable: READ_WRITE, unit: mm, max_value: 10}
          Velocity: {data_type: DevDouble, value: 1.5, label: v}
        commands: {Home: {out_type: DevLong}}
        pipes:
          trace: {blob: t, data: [{name: a, type: DevLong}]}
          log: {blob: l, data: [{name: b, type: DevString, value: x}]}
      Base:
        attributes: {Version: {data_type: DevString, value: '1'}}
        commands: {Reset: }
    devices:
      a/b/1: {class: Motor, server: M/1}
      a/b/2:
        class: Stepper
        server: M/1
        attributes: {position: {value: 6}, VERSION: {value: '2'}}
"""


def test_parts_of_the_base_are_inherited() -> None:
    facility = backend(FAMILY)
    motor, stepper = (facility.get_device_proxy(f"a/b/{n}") for n in (1, 2))
    assert motor.get_attribute_list() == ["Version", "position", "Velocity", "State", "Status"]
    assert stepper.get_attribute_list() == [
        *("Version", "position", "Velocity", "Microstep", "State", "Status")
    ]
    assert [command.cmd_name for command in stepper.command_list_query()] == [
        *("Home", "Init", "Reset", "Rest", "State", "Status")
    ]
    assert attribute(facility, "Version", "a/b/1").read().value == "1"
    assert attribute(facility, "Version", "a/b/2").read().value == "2"


def test_parts_of_the_base_can_be_overridden() -> None:
    facility = backend(FAMILY)
    stepper = facility.get_device_proxy("a/b/2")
    [position, velocity] = stepper.get_attribute_config(["position", "velocity"])
    assert (position.name, position.unit, position.max_value) == ("position", "deg", "10")
    assert position.writable is AttrWriteType.READ_WRITE
    assert attribute(facility, "position", "a/b/2").read().value == 6
    assert velocity.label == "v"
    assert attribute(facility, "Velocity", "a/b/2").read().value != 1.5
    home = stepper.command_query("Home")
    assert (home.out_type, home.out_type_desc) == (CmdArgType.DevLong, "where it is")
    assert (stepper.read_pipe("trace").name, stepper.read_pipe("TRACE").blob.data) == ("trace", ())
    with pytest.raises(DevFailed) as failed:
        stepper.read_pipe("log")
    assert reasons(failed)[0] == ("Full", "No room")
    assert facility.get_device_proxy("a/b/1").read_pipe("log").blob.data[0].value == "x"


def test_class_properties_are_merged() -> None:
    classes = parse(dedent(FAMILY), "f.yml").classes
    assert classes["Stepper"].properties == {
        "Axis": ["7"],
        "limits": ["0", "10"],
        "microsteps": ["256"],
    }
    assert [*classes] == ["Stepper", "Motor", "Base"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "classes: {Motor: {inherits: Moter}, A: {inherits: 5}}",
            [
                "1: class A, inherits: 5 is not valid; expected text",
                "1: class Motor, inherits: class 'Moter' is not defined; expected A",
            ],
        ),
        (
            "classes:\n  A: {inherits: B}\n  B: {inherits: C}\n  C: {inherits: B}\n"
            "  D: {inherits: D}",
            [
                "4: class C, inherits: circular inheritance C -> B -> C; expected an end",
                "5: class D, inherits: circular inheritance D -> D; expected an end",
            ],
        ),
        (  # what is written whole is looked at all the same
            "classes:\n  A:\n    inherits: A\n    attributes:\n      x: {unit: mm}\n"
            "      y: {data_type: DevUChar, value: 256}",
            [
                "3: class A, inherits: circular inheritance A -> A; expected an end",
                "6: class A, attributes.y.value: 256 is not valid; expected an integer in 0..255",
            ],
        ),
        (
            "classes:\n  A: {attributes: {x: {data_type: DevLong}}, commands: {c: {}}}\n"
            "  B:\n    inherits: A\n    attributes:\n      X: {data_type: DevDouble}\n"
            "    commands: {C: {in_type: DevLong}}",
            [
                "6: class B, attributes.X.data_type: DevDouble differs from the inherited"
                " DevLong; expected DevLong, or another name",
                "7: class B, commands.C.in_type: DevLong differs from the inherited DevVoid;"
                " expected DevVoid, or another name",
            ],
        ),
        (
            "classes:\n  A: {attributes: {x: {data_type: DevLong, value: 5}}}\n"
            "  B: {inherits: A, attributes: {x: {value: 5.5}, y: {value: 1}}}",
            [
                "3: class B, attributes.x.value: 5.5 is not valid;"
                " expected an integer in -2147483648..2147483647",
                "3: class B, attributes.y.data_type: missing; expected a value",
            ],
        ),
    ],
)
def test_wrong_inheritance_reports_each_line(text: str, expected: list[str]) -> None:
    found = mistakes(f"{text}\ndevices: {{a/b/c: {{class: A}}}}")
    assert [each[: len(start)] for each, start in zip(found, expected, strict=True)] == expected


def test_mistake_of_a_class_is_reported_once() -> None:
    """Neither what inherits it nor a device of that is blamed for it."""
    text = """\
        classes:
          A: {attributes: {x: {data_type: DevLong, value: 5.5}, y: {data_type: nope}}}
          B: {inherits: A, attributes: {x: {unit: m}, y: {value: 5}}}
          C: {inherits: B, attributes: {x: {unit: k}, z: {unit: 5}}}
          D: {inherits: nope, attributes: {x: {value: 5}, y: {lable: x}}}
        devices:
          a/b/c: {class: C, attributes: {x: {label: x}, y: {value: y}, z: {value: 1}, w: {}}}
          a/b/d: {class: D, attributes: {v: {value: 1}}}
    """
    assert [line.partition(";")[0] for line in mistakes(text)] == [
        "2: class A, attributes.x.value: 5.5 is not valid",
        "2: class A, attributes.y.data_type: 'nope' is not known",
        "4: class C, attributes.z.data_type: missing",
        "4: class C, attributes.z.unit: 5 is not valid",
        "5: class D, attributes.y.lable: unknown key",
        "5: class D, inherits: class 'nope' is not defined",
        "7: device a/b/c, attributes.w: class C has no such attribute",
    ]


def test_chain_of_classes_may_be_long() -> None:
    """Each class inherits the next one."""
    chain = "\n".join(f"  C{n}: {{inherits: C{n + 1}}}" for n in range(2_000))
    last = "  C2000:\n    attributes: {x: {data_type: DevLong}}\n"
    text = f"devices: {{a/b/c: {{class: C0}}}}\nclasses:\n{chain}\n{last}"
    assert backend(text).get_device_proxy("a/b/c").get_attribute_list()[0] == "x"
    with pytest.raises(FixtureError) as caught:
        parse(f"{text}    inherits: C0\n", "f.yml")
    [problem] = caught.value.problems
    links = "C2000 -> C0 -> C1 -> C2 -> C3 -> C4 -> C5 -> C6 -> C7 -> .."
    assert problem == (
        *(2_005, 5),
        f"class C2000, inherits: circular inheritance {links}; expected an end",
        ("classes", "C2000", "inherits"),
    )


def test_inheritance_that_multiplies_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short fixture cannot make a large facility."""
    monkeypatch.setattr(pieces, "MAX_PIECES", 7)
    base = "A: {attributes: {x: {data_type: DevLong}, y: {data_type: DevLong}}}"
    heirs = [f"C{n}: {{inherits: A}}" for n in range(4)]
    small = f"classes: {{{base}, {', '.join(heirs[:3])}}}\ndevices:\n" + "".join(
        f"  a/b/{n}: {{class: A}}\n" for n in range(3)
    )
    assert len(parse(small, "f.yml").devices) == 3
    assert mistakes(f"{small}  a/b/3: {{class: A}}\n") == [
        "2: fixture, devices: 8 attributes, commands and pipes; expected at most 7"
    ]
    assert mistakes(small.replace("C2:", "C3: {inherits: C2}, C2:")) == [
        "1: class C3, inherits: too much is inherited; expected at most 7 attributes, commands"
        " and pipes in all classes together"
    ]
