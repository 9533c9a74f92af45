"""The HTTP resources: one module a facet of rc3."""
