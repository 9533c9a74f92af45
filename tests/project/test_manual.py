"""The manual and the README: links that lead somewhere, and English of one kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from mtango_ref import manual
from mtango_ref.manual.html import headings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "mtango_ref" / "manual"
HOME = "https://github.com/mtango-ref/mtango-ref"
PAPERS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
    *(ROOT / ".github" / name for name in ("CONTRIBUTING.md", "SECURITY.md")),
    *(FOLDER / f"{name}.md" for name in manual.PAGES),
]
MARKDOWN = MarkdownIt("commonmark").enable("table")


def test_every_page_has_its_place() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {*manual.PAGES}


@pytest.mark.parametrize("name", manual.PAGES)
def test_page_begins_with_title_and_summary(name: str) -> None:
    title, blank, summary = manual.markdown(name).splitlines()[:3]
    assert re.fullmatch(r"# \S.*", title)
    assert blank == ""
    assert re.match(r"[A-Z]", summary)


def links(path: Path) -> Iterator[str]:
    for token in MARKDOWN.parse(path.read_text("utf-8")):
        for child in token.children or ():
            if child.type == "link_open":
                yield str(child.attrs["href"])


def anchors(path: Path) -> set[str]:
    return {each.anchor for each in headings(MARKDOWN.parse(path.read_text("utf-8")))}


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for href in links(path):
        address = re.sub(rf"{HOME}/(blob|tree)/main/", f"{ROOT}/", href)
        if address.startswith("https://"):
            continue
        name, _, anchor = address.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(href)
    assert broken == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    paper = tmp_path / "paper.md"
    for link in ("nope.md", "#nope", "paper.md#nope", f"{HOME}/blob/main/nope"):
        paper.write_text(f"# Paper\n\n[link]({link})\n", "utf-8")
        with pytest.raises(AssertionError):
            test_links_lead_somewhere(paper)


WORDS = 25
BANNED = re.compile(
    r"\b(tells?|told|besides|otherwise than|whoever|that is none|what polling kept)\b", re.I
)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of paragraphs and of lists."""
    for token in MARKDOWN.parse(text):
        if token.type == "inline" and token.level < 4:
            plain = "".join(
                " " if child.type == "softbreak" else child.content
                for child in token.children or ()
            )
            yield from re.split(r"(?<=[.:;?!])\s+", plain)


ENGLISH = [path for path in PAPERS if path.parent == FOLDER or path.name == "README.md"]


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.name)
def test_sentences_are_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [each for each in sentences(text) if len(each.split()) > WORDS] == []


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.name)
def test_words_are_plain(path: Path) -> None:
    """Tables that tests take from data, and code, have words of their own."""
    prose = "\n".join(sentences(path.read_text("utf-8")))
    assert BANNED.findall(prose) == []


def test_a_long_sentence_and_a_banned_word_are_found(tmp_path: Path) -> None:
    paper = tmp_path / "paper.md"
    paper.write_text(f"# Paper\n\n- {'word ' * (WORDS + 1)}.\n\nWhoever told it.\n", "utf-8")
    for test in (test_sentences_are_short, test_words_are_plain):
        with pytest.raises(AssertionError):
            test(paper)
