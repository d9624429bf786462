"""What a notebook is given, opened inside pages such as notebooks make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd import Value
from autograd.draw import Page, curve, page

# What the output of a notebook in VS Code may do, in short: inline scripts and styles, no files.
STRICT = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; connect-src https:; child-src https: data:"
)


def notebook(*pages: Page, policy: str = "") -> str:
    cells = "".join(f"<div class=output>{live._repr_html_()}</div>" for live in pages)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8>{meta}</head><body>{cells}</body></html>"
    )


@pytest.fixture
def host(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open a page with others inside; at the end there must be no errors."""
    tab = browser.new_page(viewport={"width": 1000, "height": 800})
    tab.set_default_timeout(5000)
    troubles: list[str] = []
    tab.on("console", lambda message: troubles.append(message.text))
    tab.on("pageerror", lambda error: troubles.append(str(error)))

    def open_host(text: str) -> Any:
        path = tmp_path / "notebook.html"
        path.write_text(text, encoding="utf-8")
        tab.goto(path.as_uri())
        return tab

    yield open_host
    tab.close()
    assert troubles == []


def tripled(label: str) -> Value:
    y = 3.0 * Value(1.0, label)
    y.label = f'{label} "tripled" & more'
    return y


@pytest.mark.parametrize("policy", ["", STRICT])
def test_several_pages_in_one_notebook_are_live(host: Any, policy: str) -> None:
    live = [page(tripled("a")), page(tripled("b")), curve(lambda w: w * w, Value(1.0, "c"))]
    tab = host(notebook(*live, policy=policy))
    assert tab.locator("iframe").count() == 3
    for number, label in enumerate("abc"):
        inner = tab.frame_locator("iframe").nth(number)
        inner.get_by_label(f"{label}, exactly").fill("2")
        if label == "c":
            assert "f(c) = 4, slope 4" in inner.locator("#plot-note").inner_text()
        else:
            assert inner.locator(".node.output .value").text_content() == "6"
            assert inner.locator("h1").inner_text() == f'{label} "tripled" & more'


def test_the_frame_covers_the_sentence_and_is_as_wide_as_the_cell(host: Any) -> None:
    tab = host(notebook(page(tripled("a"))))
    frame, sentence = (tab.locator(kind).bounding_box() for kind in ("iframe", "p"))
    assert frame["width"] == tab.locator(".output").bounding_box()["width"]
    assert frame["height"] == 620
    assert frame["y"] <= sentence["y"]
    assert sentence["y"] + sentence["height"] < frame["y"] + frame["height"]
    on_top = "() => document.elementFromPoint(200, 40).tagName"
    assert tab.evaluate(on_top) == "IFRAME"


def test_where_frames_are_taken_out_it_says_what_to_do(host: Any) -> None:
    untrusted = re.sub(r"<iframe.*?</iframe>", "", notebook(page(tripled("a"))), flags=re.DOTALL)
    tab = host(untrusted)
    assert "trust this notebook" in tab.locator(".output").inner_text()


def test_the_frame_has_no_rights_but_its_own_scripts() -> None:
    html = page(tripled("a"))._repr_html_()
    assert re.findall(r'sandbox="(.*?)"', html) == ["allow-scripts"]
