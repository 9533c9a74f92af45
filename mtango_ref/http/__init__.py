"""The HTTP side of rc3: the app, its resources, rc3's JSON."""
