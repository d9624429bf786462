r"""Text for DOT attributes: what a user wrote is shown, never interpreted.

Graphviz interprets text on several levels. In every label ``\n``, ``\l``, ``\N`` and their like are
commands and ``&amp;`` is an entity; in the label of a record ``{ } | < >`` are structure; a string
``<...>`` as a whole is markup. Records are split before entities are decoded, and entities are
decoded before commands are carried out: an entity for everything but the backslash, and a double
backslash for that one, are right on every level.

HTML-like labels would need only the escapes of XML, and would look richer, but they need a Graphviz
built with an XML parser, and the one compiled to WebAssembly is not.

Sources: https://graphviz.org/docs/attr-types/escString/,
    https://graphviz.org/doc/info/shapes.html#record.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_LINE = 48
"""Characters of a line that are drawn; the tooltip has more."""

MOST_LINES = 6
"""Lines of a label that are drawn; the tooltip has more."""

LONGEST_TOOLTIP = 1000
"""Characters of a text in a tooltip; older readers of DOT fail at strings over 16,384 bytes."""

# Control, format and surrogate characters, line and paragraph separators. Some cannot stand in XML
# at all, some would reorder or hide the text around them.
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_ESCAPES = str.maketrans(
    {
        "\n": "\\n",
        "\\": "\\\\",
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "{": "&#123;",
        "|": "&#124;",
        "}": "&#125;",
    }
)
_JOINERS = {"\u200c", "\u200d"}  # needed inside words of several scripts, and inside emoji


def visible(text: str) -> str:
    r"""Return the text with every invisible character as its Python escape, such as ``\x00``.

    Line feeds stay, and a carriage return before one is part of it.
    """
    return "".join(map(_visible, text.replace("\r\n", "\n")))


def _visible(character: str) -> str:
    noncharacter = ord(character) & 0xFFFE == 0xFFFE
    invisible = unicodedata.category(character) in _INVISIBLE and character not in _JOINERS
    if (invisible or noncharacter) and character != "\n":
        return character.encode("unicode_escape").decode("ascii")
    return character


def shorten(text: str) -> str:
    """Return what is drawn of the text: at most `MOST_LINES` of at most `LONGEST_LINE`."""
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], "…"]
    return "\n".join(_clip(line, LONGEST_LINE) for line in lines)


def escape(text: str) -> str:
    """Return the text as part of a label, be it of a plain shape or of a record."""
    return _keep_spaces(visible(text)).translate(_ESCAPES)


def escape_tooltip(text: str) -> str:
    """Return the text, or the beginning of a very long one, as part of a tooltip."""
    # Graphviz carries out the commands in a tooltip twice.
    return escape(visible(_clip(text, LONGEST_TOOLTIP)).replace("\\", "\\\\"))


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _keep_spaces(text: str) -> str:
    # Graphviz and XML both drop a space at the edge of a line or after another one.
    return re.sub(r"(?m)^ | $|(?<= ) ", "\u00a0", text)
