"""Reports of a run: text, HTML, JSON, JUnit."""
