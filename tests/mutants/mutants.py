"""Every mutant."""

from __future__ import annotations

from mutants import attributes, commands, http, off, pipes, properties, system, tree, values

MUTANTS = [
    *tree.MUTANTS,
    *attributes.MUTANTS,
    *values.MUTANTS,
    *commands.MUTANTS,
    *properties.MUTANTS,
    *pipes.MUTANTS,
    *off.MUTANTS,
    *http.MUTANTS,
    *system.MUTANTS,
]
