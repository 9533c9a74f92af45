"""Properties that no database may lose, and those that it cannot have."""

from __future__ import annotations

import string

from hypothesis import strategies as st

ODD_LINES = [
    *("", " ", "it's", 'say "x"', "back\\slash", "end\\", "'\\", "`", "a;b", "--", "/* */", "#"),
    *("100%_", "%s", "*", "l1\nl2\r\n\t", "é", "ÿ€", "Ã©", "\x81\x8d\x8f\x90\x9d", "\x01\x1a\x7f"),
    *("' OR 1=1; -- ", "'); DROP TABLE device; --", "  blanks  ", "a,b", "DELETED", "0", "NULL"),
]
"""Lines that come back as they were, whichever the database."""

ESCAPED = ["\\'", '{"json": "\\"x\\""}', "\\\\'"]
"""Lines of which DataBaseds loses a backslash."""

BEYOND_LATIN = ["日本", "😀", "Ł", "ś"]
"""Characters that tables in Latin-1 do not know."""

_NOT_IN_WINDOWS_1252 = "\0" + "".join(map(chr, {*range(0x80, 0xA0)} - {*b"\x81\x8d\x8f\x90\x9d"}))

lines = st.lists(
    st.one_of(
        st.sampled_from(ODD_LINES),
        st.text(
            st.characters(max_codepoint=255, exclude_characters=_NOT_IN_WINDOWS_1252), max_size=20
        ),
        st.text(string.ascii_letters + "'\"\\;-%_*`\n ", max_size=8),
    ),
    min_size=1,
    max_size=4,
)

names = st.text(string.ascii_letters + string.digits + "_-.:;#/%$ é", min_size=1, max_size=8).map(
    lambda text: f"p{text}x"
)
"""Names that may be written, with what SQL or LIKE takes for more than itself."""

REFUSED_NAMES = {
    "": "a name has at least one character",
    "a*": "in a name, * stands for any text",
    "x" * 256: "a name has at most 255 characters",
    **dict.fromkeys(
        ["it's", 'a"b', "a\\b", "a`b", "a\nb", "a\u2019b", "a\ud800"],
        "the name has a quote, a backslash, a control character, or what looks like one",
    ),
}
"""Names that no database is asked for, and why."""
