"""The threads, and whose turn it is: of requests, and of their calls to Tango."""

from mtango_ref.threads.crew import take_turns
from mtango_ref.threads.shares import Shares

__all__ = ["Shares", "take_turns"]
