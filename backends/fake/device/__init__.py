"""A running device, a file a facet, and one that is not exported."""
