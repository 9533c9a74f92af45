"""`mtango-ref record` that watches values for 1 s: for tests to which they say nothing."""

from mtango_ref.__main__ import main as _main
from mtango_ref.tools.recorder import readings

ENTRY = "quick_record:main"
"""Its main, for a fork of program.py."""


def main() -> None:
    """Be the program."""
    readings.SECONDS = 1
    _main()


if __name__ == "__main__":
    main()
