"""What a request gives to be written: arguments of its query, or its body."""
