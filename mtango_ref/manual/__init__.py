"""The manual: pages in Markdown, which the server shows at /manual/ and the command prints."""

from __future__ import annotations

from importlib.resources import files

PAGES = (
    "first-steps",
    "gallery",
    "fixtures",
    "control",
    "extensions",
    "recording",
    "operating",
    "deploying",
    "troubleshooting",
    "security",
    "settings",
    "clients",
    "pytest",
    "conformance",
    "cases-as-json",
    "ci",
    "deviations",
    "likeness",
    "design",
)
"""The names of the pages, in the order in which they are read."""


def markdown(name: str) -> str:
    """Return the text of a page. Its first line is `# TITLE`."""
    return (files("mtango_ref.manual") / f"{name}.md").read_text("utf-8")


def title(name: str) -> str:
    """Return the title of a page."""
    return markdown(name).partition("\n")[0].removeprefix("# ")


def summary(name: str) -> str:
    """Return the first paragraph of a page on one line, in Markdown."""
    return " ".join(markdown(name).split("\n\n")[1].split("\n"))
