"""The table of faults, and the rules that it has to keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .load import Answer

TANGO_TIMEOUT = 2.0
"""s, the gateway's setting; a fault is to last for more than twice that and a second."""
LONGEST_WAIT = TANGO_TIMEOUT + 1.0
"""s within which each request is answered."""
LONGEST_RECOVERY = 2.0
"""s within which the first good answer comes once a fault is over."""

HEADER = f"{'fault':42} {'sent':>7} {'answered':>8} {'lost':>5} {'wait s':>7} {'recovery s':>10}"


@dataclass
class Row:
    """One fault, over all the times that it was made."""

    fault: str
    may_lose: int = 0
    """Requests that nobody could save: those that were with a worker as it was killed."""
    sent: int = 0
    lost: int = 0
    wait: float = 0.0
    """The longest, in s."""
    recovery: float | None = None
    """The longest, in s; None before anything had to recover."""
    first_lost: str = ""
    """The first request that was lost, and how."""
    wrong: str = ""
    """The first thing else that was wrong."""

    def add(self, answers: Sequence[Answer]) -> None:
        """Count the answers of one time."""
        self.sent += len(answers)
        lost = [each for each in answers if not each.status]
        self.lost += len(lost)
        if lost and not self.first_lost:
            self.first_lost = f"{lost[0].target} after {lost[0].wait:.2f} s: {lost[0].value}"
        self.wait = max([self.wait, *(each.wait for each in answers)])

    def recovered(self, seconds: float) -> None:
        """Note how long the first good answer took."""
        self.recovery = max(self.recovery or 0.0, seconds)

    def breaches(self) -> Iterable[str]:
        """Say which rules are broken."""
        if self.lost > self.may_lose:
            yield f"{self.lost} requests were lost, at first {self.first_lost}"
        if self.wait > LONGEST_WAIT:
            yield f"a request waited {self.wait:.2f} s"
        if self.recovery is not None and self.recovery > LONGEST_RECOVERY:
            yield f"the first good answer took {self.recovery:.2f} s"
        if self.wrong:
            yield self.wrong

    def __str__(self) -> str:
        recovery = "-" if self.recovery is None else f"{self.recovery:.2f}"
        return (
            f"{self.fault:42} {self.sent:7} {self.sent - self.lost:8} {self.lost:5} "
            f"{self.wait:7.2f} {recovery:>10}"
        )


def breaches(rows: Iterable[Row]) -> list[str]:
    """List all rules that are broken, with the fault."""
    return [f"{row.fault}: {each}" for row in rows for each in row.breaches()]
