"""The built site, a server for it and a browser: what the book's own tests stand on."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.book import SITE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
NO_BROWSER = f"no Chromium here (looked for {', '.join(BROWSERS)}; CHROME may name another)"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Return the path of an installed Chromium; the variable CHROME may name one."""
    names = filter(None, (os.environ.get("CHROME"), *BROWSERS))
    return next(filter(None, map(shutil.which, names)), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a browser where there is none; continuous integration must have one."""
    if _may_go_without():
        need = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=need)
        items[:] = [item for item in items if item not in need]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line that tests were left out."""
    if _may_go_without():
        terminalreporter.write_line(f"The browser tests were skipped: {NO_BROWSER}")


def _may_go_without() -> bool:
    return chromium() is None and os.environ.get("CI") != "true"


@contextmanager
def serve(
    folder: Path, handler: type[http.server.SimpleHTTPRequestHandler] | None = None
) -> Iterator[str]:
    """Serve a folder's files on this machine, and yield the address."""
    answer = functools.partial(handler or QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site."""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"there is no built site at {SITE}: run make book first", pytrace=False)
    return SITE


@pytest.fixture(scope="session")
def origin(site: Path) -> Iterator[str]:
    """The address of a local server of the built site."""
    with serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = chromium()
    if path is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


def search_hits(page: Page) -> list[str]:
    """Return where the search's results lead, in their order, once it has found all of them."""
    # Sphinx adds one result every few milliseconds, and says so after the last.
    page.locator(".search-summary", has_text="Search finished").wait_for()
    links = page.locator("#search-results li a")
    paths: list[str] = links.evaluate_all("links => links.map(link => link.pathname)")
    return paths


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass
