"""Every mutant: the breaks of functions, and the rules on the wire."""

from __future__ import annotations

from mutants import (
    attributes,
    commands,
    off,
    over_http,
    pipes,
    properties,
    rule_files,
    system,
    tree,
    values,
)
from mutants.breaks import of_rule

MUTANTS = [
    *tree.MUTANTS,
    *attributes.MUTANTS,
    *values.MUTANTS,
    *commands.MUTANTS,
    *properties.MUTANTS,
    *pipes.MUTANTS,
    *off.MUTANTS,
    *over_http.MUTANTS,
    *system.MUTANTS,
    *map(of_rule, rule_files.load()),
]
