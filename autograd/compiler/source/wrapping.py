"""Long statements on several lines, broken where they read best."""

from __future__ import annotations

import re

#: The most characters in a line.
WIDTH = 100

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[(\[{]|[)\]}]|,? +')
# Before what a line may be broken, the loosest first; after a comma it always may.
_OPERATORS = (
    re.compile(r"(\|\||or|else|:|\?|if) "),
    re.compile(r"(&&|and) "),
    re.compile(r"([<>]=?|[=!]==?) "),
    re.compile(r"[+-] "),
    re.compile(r"(\*\*|//?|\*|%) "),
)


def wrapped(text: str, indent: str) -> list[str]:
    """Return a statement on as many lines as it needs."""
    lines: list[str] = []
    depth = 0
    while len(indent) + len(text) > WIDTH:
        at, depth = _best_break(text, WIDTH - len(indent), depth)
        if at is None:
            break
        lines.append((indent + text[:at]).rstrip())
        text = text[at:].lstrip()
        if len(lines) == 1:
            indent += "    "
    return [*lines, indent + text]


def is_bracketed(text: str) -> bool:
    """Whether a line break inside brackets will do: the text is one call, or one display."""
    depth = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        depth += (token in "([{") - (token in ")]}")
        if depth == 0 and (token in ")]}" or token.isspace()):
            return match.end() == len(text)
    return False


def _best_break(text: str, room: int, depth: int) -> tuple[int | None, int]:
    """The place to break a line so that it fits, and how many brackets are open there.

    It is in as few brackets as possible, there before as loose an operator as possible, and as far
    to the right as possible; but if possible the line should not be shorter than half of what fits.
    """
    best: tuple[bool, int, int, int] | None = None
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        elif not token.startswith('"') and match.start() > 0:
            strength = 0
            if not token.startswith(","):
                found = [k for k, each in enumerate(_OPERATORS) if each.match(text, match.end())]
                if not found or text[: match.start()].endswith(" =") or match.end() == len(text):
                    continue
                strength = found[0]
            if match.start() + len(token.rstrip()) > room:
                break
            candidate = (2 * match.start() < room, depth, strength, -match.end())
            best = candidate if best is None else min(best, candidate)
    if best is None:
        return None, depth
    return -best[3], best[1]
