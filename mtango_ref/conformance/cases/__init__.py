"""The cases: read from their files, completed, and one made for each mode and request."""
