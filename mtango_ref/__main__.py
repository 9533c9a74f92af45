"""`mtango-ref`, and `python -m mtango_ref`."""

import io
import logging
import os
import sys
from contextlib import suppress

from mtango_ref.cli import mtango_ref


def main() -> None:
    """Run the command line and leave with its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A console of cp1252 has no name for most of Unicode: escape it as standard error does.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        mtango_ref(prog_name="mtango-ref")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    logging.shutdown()
    with suppress(OSError):  # a disk that is full, a pipe that nobody reads
        if sys.stdout is not None:
            sys.stdout.flush()
    # At once: a call to Tango that has not returned goes on inside its library, which a usual
    # exit would take down around it.
    os._exit(code)


if __name__ == "__main__":
    main()
