"""A long run against the fake, in both modes, with a seed that nobody chose.

    python tests/fuzz/nightly.py [--minutes 10] [--seed N] [--backend tango]

Prints the seed, how many cases there were, and each failure with the curl line that asks for it
again; 1 if there is one. `--backend tango` asks the facility that TANGO_HOST names.
"""

from __future__ import annotations

import argparse
import secrets
import sys

from mtango_ref.backends import open_backend
from mtango_ref.conformance.fuzz.findings import Findings
from mtango_ref.conformance.fuzz.schemathesis_run import fuzz
from mtango_ref.conformance.model import MODES, Fuzz, Outcome, Place, Plan, Server
from mtango_ref.conformance.reports.curl import curl
from mtango_ref.http.app import create_app
from mtango_ref.openapi.extensions import AVAILABLE
from mtango_ref.settings.model import Settings

SERVER = Server(Place("http://127.0.0.1:8000/tango/rest"))
"""The server that `mtango-ref serve` starts, for the curl lines."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--backend", choices=("fake", "tango"), default="fake")
    wanted = parser.parse_args()
    # Implementation: without `status` an unknown address is a Failure with 200.
    most = tuple(each for each in AVAILABLE if each != "status")
    variants = [
        *((mode, extensions) for extensions in ((), AVAILABLE) for mode in MODES),
        ("implementation", most),
    ]
    print(f"seed {wanted.seed}", flush=True)
    failures = 0
    for mode, extensions in variants:
        values = {"rc3_mode": mode, "extensions": extensions, "backend": wanted.backend}
        settings = Settings.model_validate(values)
        backend = open_backend(settings)
        how = Fuzz(wanted.seed, wanted.minutes * 60 / len(variants))
        plan = Plan(mode, extensions, writes=True, fuzz=how)
        findings = fuzz(SERVER._replace(app=create_app(settings, backend)), plan)
        print(f"{mode}, extensions {','.join(extensions) or 'none'}: {counts(findings)}")
        failures += show_failures(findings)
    return 1 if failures else 0


def counts(findings: Findings) -> str:
    phases = ", ".join(f"{phase} {count}" for phase, count in findings.phases.items())
    return f"{phases}; {findings.values} values, {findings.links.total()} links followed"


def show_failures(findings: Findings) -> int:
    """Print the failures, and return their number."""
    failed = [one for one in findings.results() if one.outcome is Outcome.FAILED]
    for one in failed:
        print(f"\n{one.name}")
        print("\n".join(one.differences))
        if one.request is not None:
            print(curl(one.request, SERVER))
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
