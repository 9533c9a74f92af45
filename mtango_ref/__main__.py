"""`mtango-ref`, and `python -m mtango_ref`."""

from mtango_ref.cli import mtango_ref


def main() -> None:
    """Run the command line and leave with its exit code."""
    mtango_ref(prog_name="mtango-ref")


if __name__ == "__main__":
    main()
