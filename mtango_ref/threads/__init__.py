"""The threads and their turns: which one leads, and what requests and devices have of them."""

from mtango_ref.threads.crew import take_turns
from mtango_ref.threads.shares import Shares

__all__ = ["Shares", "take_turns"]
