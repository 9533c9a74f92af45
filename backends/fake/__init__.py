"""A Tango facility described in YAML."""
