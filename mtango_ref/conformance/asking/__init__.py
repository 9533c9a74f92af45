"""Requests to the server under test, and the order in which cases are asked."""
