"""Pages with figures, served and from disk, and what drives them."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import _QuietHandler
from tests.widgets.harness import DRIVER, build_page

from cnnbook.widgets.base import Widget

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP = {"width": 900, "height": 900}
PHONE = {"width": 390, "height": 844}
#: A hint of Chromium's, which the tests cause themselves when they read what a canvas shows.
READ_BACK = "Multiple readback operations using getImageData"


@dataclass
class Visit:
    """An open page with figures, and what it complained about and asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def figure(self, name: str) -> Any:
        """Return a figure as a locator, once it runs."""
        found = self.page.locator(f"#{name}")
        found.scroll_into_view_if_needed()
        self.page.wait_for_selector(f"#{name}[data-mounted]")
        return found

    def drive(self, name: str, **actions: Any) -> dict[str, Any]:
        """Use a figure's controls by their labels, and return what its tables then hold.

        `fields` are labels and values in the order of typing, `checks` labels and booleans,
        `selects` labels and values, `cells` captions and planes of numbers.
        """
        result: dict[str, Any] = self.page.evaluate(
            "([name, actions]) => drive(name, actions)", [name, actions]
        )
        return result


Open = Callable[..., Visit]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="session")
def figures_origin(folder: Path) -> Iterator[str]:
    handler = functools.partial(_QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def open_page(browser: Browser, folder: Path, figures_origin: str) -> Iterator[Open]:
    """Open a page with some figures: `open_page(widget, ..., served=True, **context options)`."""
    contexts = []

    def visit(
        *widgets: Widget, served: bool = False, hash: str = "", wait: bool = True, **options: Any
    ) -> Visit:
        name = f"page-{abs(hash_of(*widgets))}"
        path = build_page(folder, *widgets, name=name)
        options.setdefault("viewport", DESKTOP)
        context = browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        visit = Visit(context.new_page())
        visit.page.add_init_script(DRIVER)
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
        visit.page.on(
            "console",
            lambda message: (
                visit.errors.append(message.text)
                if message.type in ("error", "warning") and READ_BACK not in message.text
                else None
            ),
        )
        visit.page.on("request", lambda request: visit.requests.append(request.url))
        url = f"{figures_origin}/{name}.html" if served else path.as_uri()
        visit.page.goto(url + hash)
        if wait and widgets:
            visit.page.wait_for_selector("figure[data-mounted]")
        return visit

    yield visit
    for context in contexts:
        context.close()


def hash_of(*widgets: Widget) -> int:
    """Return a number that tells pages with other figures apart."""
    return hash("".join(widget.html() for widget in widgets))
