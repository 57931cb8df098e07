"""A picture has a name, takes its colours from the page and shares no id with another one."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from cnnbook.figures.palette import LIGHT
from cnnbook.figures.picture import Picture, make_plain


def drawn(alt: str = "A line.", *, color: str = LIGHT["input"], to: float = 1.0) -> Picture:
    picture = Picture(3, 2, alt=alt)
    axes = picture.add_subplot()
    axes.plot([0, to], [0, 1], color=color)
    axes.fill_between([0, 1], [0, 1], hatch="//", facecolor=LIGHT["padding-soft"])
    return picture


@pytest.mark.parametrize("alt", ["", "   "])
def test_a_picture_without_a_name_is_not_shown(alt: str) -> None:
    with pytest.raises(ValueError, match="alt is empty"):
        drawn(alt).html()


def test_its_name_is_escaped() -> None:
    svg = ElementTree.fromstring(drawn('"3 < 4" & so on').html())
    assert svg.get("aria-label") == '"3 < 4" & so on'
    assert svg.get("role") == "img"


def test_it_is_one_element_of_the_page() -> None:
    html = drawn().html()
    assert html.startswith("<svg ")
    assert html.rstrip().endswith("</svg>")
    assert "<?xml" not in html
    assert "<metadata" not in html
    assert ElementTree.fromstring(html).get("viewBox") == "0 0 216 144"  # 72 units an inch


@pytest.mark.parametrize("role", LIGHT)
def test_colours_of_the_palette_become_variables(role: str) -> None:
    html = drawn(color=LIGHT[role]).html()
    assert f"var(--c-{role}, {LIGHT[role]})" in html


def test_a_plain_diagram_shows_the_page_and_two_edges() -> None:
    axes = Picture(3, 2).add_subplot()
    make_plain(axes)
    assert not axes.patch.get_visible()
    assert [name for name, spine in axes.spines.items() if spine.get_visible()] == [
        "left",
        "bottom",
    ]


def test_no_colour_of_the_palette_is_left_fixed() -> None:
    html = re.sub(r"var\(--c-[a-z-]+, #[0-9a-f]{6}\)", "", drawn().html())
    assert [code for code in LIGHT.values() if code in html] == []


def test_text_is_text() -> None:
    picture = drawn()
    picture.text(0.5, 0.5, "stride 2")
    texts = [node.text for node in ElementTree.fromstring(picture.html()).iter() if node.text]
    assert "stride 2" in texts


def test_two_pictures_share_no_id() -> None:
    first, second = (set(re.findall(r'\bid="([^"]+)"', drawn(to=to).html())) for to in (1.0, 2.0))
    assert first
    assert not first & second


def test_references_stay_within_the_picture() -> None:
    html = drawn().html()
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    references = set(re.findall(r'(?:href="|url\()#([^")]+)', html))
    assert references
    assert references <= ids


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert drawn().html() == drawn().html()


def test_a_notebook_shows_the_same() -> None:
    picture = drawn()
    assert picture._repr_html_() == picture.html()


@pytest.mark.parametrize(
    ("shape", "kind"), [((300, 450, 3), "webp"), ((4, 4, 3), "png")], ids=["photo", "tiny"]
)
def test_photographs_are_stored_small(shape: tuple[int, ...], kind: str) -> None:
    waves = np.sin(np.arange(shape[1]) / 20) * np.cos(np.arange(shape[0])[:, None] / 30)
    pixels = np.random.default_rng(0).normal(waves[..., None], 0.2, shape).clip(-1, 1) / 2 + 0.5
    picture = Picture(4, 3, alt="Waves.")
    picture.add_subplot().imshow(pixels)
    found = re.search(r"data:image/(\w+);base64,([^\"]+)", picture.html())
    assert found is not None
    assert found[1] == kind
    with Image.open(io.BytesIO(base64.b64decode(found[2]))) as image:
        assert image.format == kind.upper()
