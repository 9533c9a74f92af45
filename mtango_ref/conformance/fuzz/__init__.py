"""Fuzzing with schemathesis, from the swagger files."""
