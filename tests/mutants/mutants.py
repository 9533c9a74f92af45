"""Every mutant: the breaks of functions, and the rules on the wire."""

from __future__ import annotations

from mutants import (
    commands,
    pipes,
    properties,
    rule_files,
    system,
    values,
)
from mutants.breaks import of_rule

MUTANTS = [
    *values.MUTANTS,
    *commands.MUTANTS,
    *properties.MUTANTS,
    *pipes.MUTANTS,
    *system.MUTANTS,
    *map(of_rule, rule_files.load()),
]
