"""The course of time: the clock, polling, and values that follow it."""
