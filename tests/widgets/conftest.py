"""Pages with figures, served and from disk, and what drives them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import serve
from tests.widgets.harness import DRIVER, build_page

from cnnbook.widgets.base import Widget

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP = {"width": 900, "height": 900}
PHONE = {"width": 390, "height": 844}
#: How a page is opened in which a figure's "Copy" buttons are used.
COPYING: dict[str, Any] = {"permissions": ["clipboard-read", "clipboard-write"], "served": True}


@dataclass
class Visit:
    """An open page with figures, and what it complained about and asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @classmethod
    def watch(cls, page: Page) -> Visit:
        """Listen to a page before it is opened, and put the tests' driver into it."""
        visit = cls(page)
        page.add_init_script(DRIVER)
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                visit.errors.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("request", lambda request: visit.requests.append(request.url))
        return visit

    def figure(self, name: str) -> Any:
        """Return a figure as a locator, once it runs."""
        found = self.page.locator(f"#{name}")
        found.scroll_into_view_if_needed()
        self.page.wait_for_selector(f"#{name}[data-mounted]")
        return found

    def copied(self, name: str, button: str) -> str:
        """Click one of a figure's "Copy" buttons, and return what it copied."""
        self.page.evaluate("navigator.clipboard.writeText('')")
        self.figure(name).get_by_role("button", name=button).click()
        # The figure writes while the page goes on.
        text = self.page.wait_for_function("() => navigator.clipboard.readText()")
        return str(text.json_value())

    def link(self, name: str) -> str:
        """Return the part of a figure's copied link that holds its state, "#" included."""
        link = self.copied(name, "Copy link")
        assert link == self.page.url
        return link[link.index("#") :]

    def run_copied(self, name: str) -> dict[str, Any]:
        """Run the figure's own code, as a reader would, and return its variables."""
        scope: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(self.copied(name, "Copy as PyTorch"), scope)  # noqa: S102
        return scope

    def refuses(self, name: str, label: str, text: str, message: str) -> Any:
        """Type what a control does not take, look for the message, and return the control."""
        before = str(self.drive(name))
        control = self.figure(name).get_by_label(label, exact=True)
        control.fill(text)
        assert self.figure(name).get_by_role("alert").filter(has_text=message).count() == 1
        assert str(self.drive(name)) == before
        return control

    def refuses_until_start(self, name: str, label: str, text: str, message: str) -> None:
        """As `refuses`, in the figure's first state, to which "Start again" then leads back."""
        figure = self.start_again(name)
        control = self.refuses(name, label, text, message)
        assert control.get_attribute("aria-invalid") == "true"
        self.start_again(name)
        assert figure.locator("[aria-invalid]").count() == 0

    def refuses_a_word_in_the_input(self, name: str) -> None:
        """Type a word into a cell of a figure's input, which shows its number again afterwards."""
        figure, before = self.figure(name), self.drive(name)
        cell = figure.get_by_label("Input, row 0, column 2")
        cell.fill("twelve")
        assert "Input, row 0, column 2 must be a number from −99 to 99" in figure.inner_text()
        assert self.drive(name) == before
        cell.blur()
        assert cell.input_value() == str(before["Input"][0][2])

    def start_again(self, name: str) -> Any:
        """Bring a figure back to its first state, and return it."""
        figure = self.figure(name)
        figure.get_by_role("button", name="Start again").click()
        return figure

    def heights(self, name: str) -> tuple[float, float]:
        """Return a figure's height while it runs, and once it is only its picture again."""
        figure = self.figure(name)
        running = figure.bounding_box()["height"]
        figure.evaluate(
            "figure => { delete figure.dataset.mounted; "
            "figure.querySelector(':scope > .cnnbook-live').remove(); }"
        )
        return running, figure.bounding_box()["height"]

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
    with serve(folder) as origin:
        yield origin


@pytest.fixture
def open_page(browser: Browser, folder: Path, figures_origin: str) -> Iterator[Open]:
    """Open a page with some figures: `open_page(widget, ..., served=True, **context options)`."""
    with _opener(browser, folder, figures_origin) as visit:
        yield visit


@pytest.fixture(scope="module")
def open_for_module(browser: Browser, folder: Path, figures_origin: str) -> Iterator[Open]:
    """As `open_page`, for a page that all tests of a module share."""
    with _opener(browser, folder, figures_origin) as visit:
        yield visit


@contextlib.contextmanager
def _opener(browser: Browser, folder: Path, figures_origin: str) -> Iterator[Open]:
    """Open pages, and close them all at the end: each takes some 100 MB."""
    contexts = contextlib.ExitStack()

    def visit(
        *widgets: Widget, served: bool = False, hash: str = "", wait: bool = True, **options: Any
    ) -> Visit:
        name = f"page-{abs(hash_of(*widgets))}"
        path = build_page(folder, *widgets, name=name)
        options.setdefault("viewport", DESKTOP)
        context = contexts.enter_context(browser.new_context(reduced_motion="reduce", **options))
        visit = Visit.watch(context.new_page())
        url = f"{figures_origin}/{name}.html" if served else path.as_uri()
        visit.page.goto(url + hash)
        if wait and widgets:
            visit.page.wait_for_selector("figure[data-mounted]")
        return visit

    with contexts:
        yield visit


def typed_pairs(labels: Mapping[str, tuple[str, str]], case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is typed into the two fields of each setting, by the fields' labels."""
    fields: dict[str, Any] = {}
    for name, both in labels.items():
        fields |= dict(zip(both, case[name], strict=True))
    return fields


def hash_of(*widgets: Widget) -> int:
    """Return a number that tells pages with other figures apart."""
    return hash("".join(widget.html() for widget in widgets))
