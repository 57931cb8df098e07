"""What a contrast theme (forced colours) leaves of icons, cells and hatching: it has few colours.

Each is looked at in a photograph: what style sheets say is not what such a theme shows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, site: Path) -> Iterator[Page]:
    """A chapter with a padded input, on a phone with a contrast theme."""
    tab = browser.new_page(
        viewport={"width": 390, "height": 844},
        color_scheme=request.param,
        forced_colors="active",
        reduced_motion="reduce",
    )
    tab.goto((site / "book/padding.html").as_uri())
    yield tab
    tab.close()


def test_the_header_s_icons_are_seen(page: Page) -> None:
    icons = page.locator(".bd-header-article .btn:visible i:visible")
    assert icons.count() >= 3
    for icon in icons.all():
        assert len(_photograph(icon).getcolors() or []) > 1


def test_cells_have_edges_and_padding_is_hatched(page: Page) -> None:
    page.locator("figure[data-widget=convolution-explorer]").scroll_into_view_if_needed()
    output = page.locator(".cnnbook-live .of-output td").last
    output.wait_for()
    cell = _photograph(output)
    middle = cell.width // 2
    assert cell.getpixel((middle, 0)) != cell.getpixel((middle, 3))  # the edge, and inside of it
    padding = _photograph(page.locator(".cnnbook-live .frame > i:not(.read)").last)
    corner = padding.crop((2, 2, 8, 8))  # without the edge and the number
    assert len(corner.getcolors() or []) > 1


def _photograph(part: Locator) -> Image.Image:
    return Image.open(io.BytesIO(part.screenshot())).convert("RGB")
