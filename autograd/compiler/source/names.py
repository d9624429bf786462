"""Identifiers: the names that users gave, as far as a language allows them."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Collection, Iterator


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


class Names:
    """The identifiers of one function, all of them different."""

    def __init__(self, reserved: Collection[str], ascii_only: bool) -> None:
        """Start with none.

        Args:
            reserved: words that cannot be used.
            ascii_only: whether other letters are written out, such as ``sigma`` for ``σ``.
        """
        self._taken = set(reserved)
        self._given: set[str] = set()
        self._ascii_only = ascii_only

    def new(self, wished: str) -> str:
        """A name that is not used yet, as near to the wished one as possible."""
        name = base = self._identifier(wished)
        count = 0
        while name in self._taken:
            count += 1
            name = f"{base}_{count}"
        self._taken.add(name)
        self._given.add(name)
        return name

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """Names that are given in it can be given again after it."""
        before = set(self._taken)
        yield
        self._taken = before

    def counter(self, depth: int) -> str:
        """A name for the counter of a loop inside ``depth`` others; not taken from anybody."""
        taken = self._taken | self._given
        letters = [letter for letter in "ijklmnpqrstuvw" if letter not in taken]
        return letters[depth] if depth < len(letters) else self.new("i")

    def _identifier(self, wished: str) -> str:
        if self._ascii_only and not wished.isascii():
            wished = "".join(map(_in_ascii, wished))
        name = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", wished)).strip("_")
        if not name or not name.isidentifier():
            name = re.sub(r"\W", "_", f"v_{name}") if name else "v"
        return name


def _in_ascii(letter: str) -> str:
    """A letter spelled in ASCII: by its name if it is Greek, else without its accents."""
    if letter.isascii():
        return letter
    words = unicodedata.name(letter, "").split()
    if words[:1] == ["GREEK"] and "LETTER" in words:
        word = words[words.index("LETTER") + 1]
        return word.capitalize() if "CAPITAL" in words else word.lower()
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain or f"u{ord(letter):04x}"
