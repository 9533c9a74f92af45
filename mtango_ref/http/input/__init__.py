"""The values that a request gives to be written: arguments of its query, or its body."""
