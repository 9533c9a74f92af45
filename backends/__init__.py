"""The facilities behind the gateway: fake (a YAML fixture) and pytango (a real one)."""
