"""The settings: one model, and the sources that they come from."""
