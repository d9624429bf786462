"""A browser for tests of live pages: fixtures for ``conftest.py``; one browser serves them all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from autograd.draw import Page

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; without one, or without Playwright, the test is skipped."""
    sync_api = pytest.importorskip("playwright.sync_api")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser is installed here: none of {', '.join(NAMES)}")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=sandbox)
        yield browser
        browser.close()


class Tab:
    """A tab of the browser, and what should not have happened in it."""

    def __init__(self, browser: Any) -> None:
        self.page = browser.new_page()
        self.page.set_default_timeout(5000)
        self.troubles: list[str] = []
        self.url = ""
        trouble = self.troubles.append
        self.page.on("console", lambda message: trouble(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: trouble(f"error: {error}"))
        self.page.on("dialog", lambda dialog: trouble(f"dialog: {dialog.message}"))
        self.page.on(
            "request", lambda request: None if request.url == self.url else trouble(request.url)
        )

    def open(self, path: Path, width: int, height: int, scheme: str) -> Any:
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme)
        self.url = path.as_uri()
        self.page.goto(self.url)
        return self.page


@pytest.fixture(scope="session")
def shared_tab(browser: Any) -> Tab:
    return Tab(browser)


@pytest.fixture
def visit(browser: Any, shared_tab: Tab, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open a live page, or its file, from disk; at the end there must be no errors, no requests.

    All tests share a tab, but for those that take its clock in hand: these want one ``alone``.
    """
    tabs: list[Tab] = []

    def open_page(
        live: Page | Path,
        *,
        width: int = 1280,
        height: int = 720,
        scheme: str = "light",
        alone: bool = False,
    ) -> Any:
        path = live if isinstance(live, Path) else live.save(tmp_path / f"page{len(tabs)}.html")
        tabs.append(Tab(browser) if alone else shared_tab)
        return tabs[-1].open(path, width, height, scheme)

    yield open_page
    troubles = [trouble for tab in tabs for trouble in tab.troubles]
    for tab in tabs:
        if tab is shared_tab:
            tab.troubles.clear()
        else:
            tab.page.close()
    assert troubles == []
