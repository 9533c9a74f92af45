"""Facilities whose values, faults and devices the tests change while they run."""

from __future__ import annotations

X = "a/b/c/x"
UNCONTROLLED = """\
classes:
  A:
    attributes:
      x: {data_type: DevLong, value: 1, polling_period: 1000, max_alarm: 10}
      image: {data_type: DevUChar, data_format: IMAGE, max_dim_x: 2, max_dim_y: 2}
      mode: {data_type: DevEnum, enum_labels: [Idle, Busy]}
      data: {data_type: DevEncoded}
      invalid: {data_type: DevDouble, quality: ATTR_INVALID}
      moving:
        data_type: DevDouble
        simulation: {quantity_simulation_type: Sine, period: 7}
      broken: {data_type: DevLong, raises: {reason: R, description: D}, max_alarm: 10}
    commands: {c: {behaviour: {set_state: MOVING, set_attributes: {x: 9}}}}
devices:
  a/b/c: {class: A, attributes: {State: {polling_period: 1000}}}
  a/b/d: {class: A, faults: [{fault: failure, of: x}]}
  a/b/e: {class: A, exported: false}
"""
CONTROLLED = UNCONTROLLED + "  Sim/control/1: {class: SimControl}\n"

REDEFINED = """\
classes:
  A:
    attributes:
      x: {data_type: DevLong, value: 1, polling_period: 1000}
      kept: {data_type: DevLong, writable: READ_WRITE, memorized: MEMORIZED_WRITE_INIT}
      lost: {data_type: DevLong, writable: READ_WRITE, memorized: MEMORIZED}
      counted: {data_type: DevLong, simulation: {quantity_simulation_type: Counter}}
    commands:
      c: {polling_period: 1000}
      set: {behaviour: {set_state: FAULT, set_attributes: {x: 9}}}
    pipes: {p: {data: [{name: n, type: DevLong, value: 1}]}}
  B: {attributes: {y: {data_type: DevString}}}
devices:
  a/b/c: {class: A, server: S/one, pid: 7, started_date: then}
  a/b/d: {class: A, server: S/one, state: [{state: ON, lasts: 5}, {state: FAULT, lasts: 5}]}
  a/b/e: {class: B, server: S/two}
  a/b/f: {class: A, exported: false}
  sim/control/1: {class: SimControl}
"""
ONE = "a/b/c"
