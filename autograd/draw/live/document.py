"""One HTML file from the parts of a live page, with a policy that lets nothing else run or load."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
from importlib.resources import files
from string import Template
from typing import Any

#: The parts of the program in the order in which the page runs them.
SCRIPTS = (
    "numbers.js",
    "model.js",
    "formulas.js",
    "paths.js",
    "explanation.js",
    "keyboard.js",
    "graph.js",
    "camera.js",
    "network.js",
    "curve.js",
    "playback.js",
    "leaves.js",
    "descent.js",
    "details.js",
    "main.js",
)


def document(title: str, content: dict[str, Any], program: str | None) -> str:
    """Return the page.

    Args:
        title: its title.
        content: what the page's program reads; strings in it are shown as text.
        program: JavaScript that declares ``recompute(leaves)``, or None.
    """
    style = _asset("page.css")
    parts = [program or "const recompute = null;", *map(_asset, SCRIPTS)]
    script = '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"
    assert "</script" not in script.lower()
    assert "<!--" not in script
    policy = [
        "default-src 'none'",
        f"script-src '{_digest(script)}'",
        f"style-src '{_digest(style)}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    # In a script element only "<" could end or change what is read.
    data = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Template(_asset("page.html")).substitute(
        policy="; ".join(policy),
        title=html.escape(title),
        style=style,
        data=data.replace("<", "\\u003c"),
        script=script,
    )


def frame(page: str, height: int = 620) -> str:
    """Return HTML that shows a page inside another, such as a notebook, apart from the rest.

    The frame covers a sentence, which is seen where frames are taken out: in a notebook that is not
    trusted.
    """
    layers = "grid-area: 1 / 1; width: 100%"
    return (
        '<div style="display: grid">'
        f'<p style="{layers}">If no live page is shown here, trust this notebook, or write the '
        'page to a file with <code>page.save("page.html")</code>.</p>'
        f'<iframe srcdoc="{html.escape(page)}" sandbox="allow-scripts" title="Computation graph" '
        f'height="{height}" style="{layers}; border: 0; border-radius: 10px"></iframe>'
        "</div>"
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@functools.cache
def _asset(name: str) -> str:
    return (files("autograd.draw.live") / name).read_text(encoding="utf-8")
