"""The manual as HTML: whole pages that need no script and nothing from elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from mtango_ref import manual

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

ROOT = "http://manual.invalid"
"""The address of the manual in what is rendered here; the server puts its own in its place.

RFC 2606, 2: no site can have a name below .invalid.
"""

INDEX = "index"
"""The name of the page that lists all others."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - mtango-ref</title>
<style>{style}</style>
</head>
<body>
<header><a href="{root}/">mtango-ref: the manual</a><a href="#-pages">All pages</a></header>
<main>
{body}
{turn}</main>
<nav id="-pages" aria-label="Pages">
<ul>
{pages}
</ul>
</nav>
</body>
</html>
"""


class Heading(NamedTuple):
    """A heading of a page, which a link can name."""

    level: int
    """1 for the title, 2 for a section, .."""
    anchor: str
    text: str


def render(name: str) -> str:
    """Return a page of the manual, or INDEX, with the addresses of the manual below ROOT."""
    tokens = _parser().parse(_index() if name == INDEX else manual.markdown(name))
    found = list(headings(tokens))
    return _PAGE.format(
        title=escape(found[0].text),
        style=style(),
        root=ROOT,
        body=_write(tokens).rstrip("\n"),
        turn=_previous_and_next(name),
        pages="\n".join(_items(name, found)),
    )


def style() -> str:
    """Return the style sheet, which stands in each page."""
    return (files("mtango_ref.manual") / "manual.css").read_text("utf-8")


def style_digest() -> str:
    """Return the digest by which a Content-Security-Policy allows the style sheet."""
    return b64encode(sha256(style().encode()).digest()).decode()


def headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    """Give each heading of a page its anchor, and return it."""
    anchors: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            text = _plain(inline)
            anchor = _unused(_slug(text), anchors)
            opening.attrSet("id", anchor)
            yield Heading(int(opening.tag[1:]), anchor, text)


def _parser() -> MarkdownIt:
    # Imported with the first page: a start that shows none does without it.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _write(tokens: Sequence[Token]) -> str:
    """Return the HTML of a page's body."""
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _address(str(child.attrs["href"])))
    parser = _parser()
    html = str(parser.renderer.render(tokens, parser.options, {}))
    # A line does not end inside a short name, such as that of an option.
    html = re.sub(r"<code>(?=[^<]{1,24}</code>)", '<code class="short">', html)
    # What is wider than the page scrolls inside itself, and by the keyboard, too.
    html = html.replace("<table>", '<div class="wide" tabindex="0"><table>')
    return html.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')


def _address(href: str) -> str:
    """Return where a link of the Markdown leads: `page.md#anchor` is below ROOT."""
    page = re.fullmatch(r"([a-z-]+)\.md(#.*)?", href)
    return f"{ROOT}/{page[1]}{page[2] or ''}" if page else href


def _index() -> str:
    """Write the page that lists all pages, in Markdown."""
    items = [
        f"- [{manual.title(each)}]({each}.md). {manual.summary(each)}" for each in manual.PAGES
    ]
    return "# The manual\n\n" + "\n".join(items) + "\n"


def _items(name: str, found: Sequence[Heading]) -> Iterator[str]:
    """Return the items of the list of pages, with the sections of the page `name`."""
    for page in manual.PAGES:
        title = escape(manual.title(page))
        if page != name:
            yield f'<li><a href="{ROOT}/{page}">{title}</a></li>'
            continue
        yield f'<li><a href="{ROOT}/{page}" aria-current="page">{title}</a>'
        sections = [each for each in found if each.level == 2]
        if sections:
            yield "<ul>"
            yield from (f'<li><a href="#{s.anchor}">{escape(s.text)}</a></li>' for s in sections)
            yield "</ul>"
        yield "</li>"


def _previous_and_next(name: str) -> str:
    """Return the links to the page before and the page behind."""
    if name == INDEX:
        return ""
    at = manual.PAGES.index(name)
    before, behind = manual.PAGES[:at][-1:], manual.PAGES[at + 1 :][:1]
    links = [
        f'<a rel="{rel}" href="{ROOT}/{page}">{arrow.format(escape(manual.title(page)))}</a>'
        for rel, arrow, pages in (("prev", "← {}", before), ("next", "{} →", behind))
        for page in pages
    ]
    return f'<p class="turn">{"".join(links)}</p>\n'


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _slug(text: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def _unused(slug: str, anchors: set[str]) -> str:
    """Return the anchor, numbered as GitHub does where it is taken, and note it."""
    anchor, number = slug, 0
    while anchor in anchors:
        number += 1
        anchor = f"{slug}-{number}"
    anchors.add(anchor)
    return anchor
