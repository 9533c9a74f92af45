"""Descriptions that other tools write of devices and classes, made into a fixture of the fake."""
