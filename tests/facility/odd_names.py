"""A device server whose devices and attributes have the odd names that Tango serves.

It needs PyTango alone. The value of each attribute is its place among those of its class.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from tango import Attr, Attribute, AttrWriteType, CmdArgType
from tango.server import Device, run

DEVICES = {
    "odd/q/w 1": "OddNames",
    "odd/q/a:b": "OddDevice",
    # MariaDB reads % in a name as a wildcard when the device is defined, and when it is exported.
    "odd/%/1%": "OddDevice",
    "odd/q/a?b": "OddDevice",
    "odd/q/[a]": "OddDevice",
    "odd:x/q/+&=;,": "OddDevice",
    "odd/slash/1": "OddSlash",
}
"""Names and their classes."""

ATTRIBUTES = {
    "OddNames": [
        *("a b", "a:b", "a#b", "a%b", "a%20b", "a?b", "a&b", "a+b", "a=b", "a;b", "a,b", "a.b"),
        *("(a)", "[a]", "{a}", "<a>", "a|b", "a*b", "a@b", "~a", "$a", "a^b", "!a", "日本", "😀"),
        # Tango folds the case of ASCII's letters: each of these is another attribute.
        *("ä", "Ä", "ß", "ss", "İ", "i", "\u212a", "k"),
        # No database is asked for these.
        *("it's", 'a"b', "a\\b", "a`b"),
    ],
    "OddDevice": ["a b", "ä"],
    "OddSlash": ["a/b"],
}
"""The names of the attributes, by class."""


class Odd(Device):
    """Has numbers under the names of its class."""

    names: Sequence[str]

    def init_device(self) -> None:
        super().init_device()
        for name in self.names:
            made = Attr(name, CmdArgType.DevLong, AttrWriteType.READ)
            self.add_attribute(made, self._read)

    def _read(self, attr: Attribute) -> None:
        attr.set_value(self.names.index(attr.get_name()))


CLASSES: list[Any] = [type(name, (Odd,), {"names": names}) for name, names in ATTRIBUTES.items()]

if __name__ == "__main__":
    run(CLASSES, args=["OddNames", *sys.argv[1:]])
