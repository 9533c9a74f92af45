"""Means for the tests of clients: a fake facility behind a server of its own."""
