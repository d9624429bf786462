"""The page on source: the listings in C and JavaScript are those of its example.

``python tests/compiler/test_source_docs.py`` writes all listings into the page anew. Those of the
sessions are checked with all other pages.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "source.md"
#: What holds the listings that are not sessions, in order.
LISTINGS = ("python", "c", "javascript", "branching", "of_graph")
BLOCK = re.compile(r"^```(python|py|c|javascript)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Keeper(doctest.DocTestRunner):
    """Runs examples, and keeps what they show."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def report_success(self, out: Any, test: Any, example: Any, got: str) -> None:
        self.shown.append(got)

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
        self.shown.append(got)


def regenerated(page: str) -> str:
    """The page with all listings as they are today."""
    blocks = "\n".join(block for language, block in BLOCK.findall(page) if language == "python")
    test = doctest.DocTestParser().get_doctest(blocks, {}, "source.md", str(PAGE), 0)
    keeper = Keeper()
    with contextlib.redirect_stdout(io.StringIO()):
        keeper.run(test, clear_globs=False)
    listings = iter(LISTINGS)
    examples = zip(test.examples, keeper.shown, strict=True)

    def renew(match: re.Match[str]) -> str:
        language, block = match.groups()
        if language != "python":
            return f"```{language}\n{test.globs[next(listings)]}```"
        lines: list[str] = []
        for _ in doctest.DocTestParser().get_examples(block):
            example, shown = next(examples)
            prompts = [">>> ", *["... "] * example.source.count("\n")]
            lines += [p + line for p, line in zip(prompts, example.source.splitlines())]
            lines += [line or "<BLANKLINE>" for line in shown.splitlines()]
        return "```python\n" + "\n".join(lines) + "\n```"

    return BLOCK.sub(renew, page)


def test_the_page_shows_what_source_gives_today():
    page = PAGE.read_text(encoding="utf-8")
    assert regenerated(page) == page


if __name__ == "__main__":
    PAGE.write_text(regenerated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
