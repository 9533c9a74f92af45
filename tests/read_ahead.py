"""The files that programs in forks have read before they begin: those of the package, which do not
change.

forked.py has it imported in the process that forks.
"""

from __future__ import annotations

from mtango_ref import openapi
from mtango_ref.conformance.cases import loading

loading.load()
loading.needs()
for name in openapi.FILES:
    openapi.read(name)
