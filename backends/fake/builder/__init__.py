"""The builder: a device of the fixture, made into one that answers."""
