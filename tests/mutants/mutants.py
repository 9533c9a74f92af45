"""Every mutant."""

from __future__ import annotations

from mutants import attributes, http, others, system, tree

MUTANTS = [
    *tree.MUTANTS,
    *attributes.MUTANTS,
    *others.MUTANTS,
    *http.MUTANTS,
    *system.MUTANTS,
]
