"""Devices of a real facility, written down as a fixture of the fake."""
