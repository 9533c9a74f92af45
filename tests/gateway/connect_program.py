"""A program that connects to the database of TANGO_HOST, and prints why it cannot.

    python connect_program.py [--hosts]

--hosts: print the hosts, that which answers, and the database's own name.
"""

from __future__ import annotations

import sys
import warnings

warnings.simplefilter("error")

from mtango_ref.backends.pytango.backend import TangoBackend  # noqa: E402 - warnings are errors
from mtango_ref.backends.pytango.environment import tango_hosts  # noqa: E402 - as above
from mtango_ref.interface import BackendError  # noqa: E402 - as above

try:
    database = TangoBackend(tango_hosts(), timeout=1.0).database
    if "--hosts" in sys.argv:
        print(*database.tango_hosts, database.get_answering_host(), database.name)
except BackendError as error:
    print(error)
