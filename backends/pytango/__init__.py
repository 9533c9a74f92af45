"""A real Tango facility, reached through PyTango."""
