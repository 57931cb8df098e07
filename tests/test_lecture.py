"""Each number of the lecture's slides and cells comes out of its chapter's cells or formulas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.book import ROOT, outputs, toc_pages
from tests.prose import Chapter
from tests.prose import shape as volume


class Row(NamedTuple):
    """A slide or a cell of the lecture, the chapter that teaches it, what must come out there."""

    place: str
    page: str
    facts: tuple[str, ...]


def words(*numbers: object) -> str:
    """Match numbers that follow each other, whatever but digits stands between them."""
    return r"[^\d]+".join(rf"(?<![\d.]){re.escape(str(number))}(?![\d])" for number in numbers)


#: Slide 22's (convolution, ReLU) twice, then pooling, repeated, then a fully connected layer.
CONVNET = ("Conv2d .*?ReLU .*?" * 2 + "MaxPool2d .*?") * 3 + "Flatten .*?Linear "
LECTURE = [
    Row("opening", "convolution", (volume(3, 3),)),
    Row("slide 10", "depth", (volume(32, 32, 3),)),
    Row("slides 11–12", "depth", (volume(5, 5, 3),)),
    Row("slide 13", "depth", (r"5·5·3=75", words(75))),
    Row("slides 14–15", "depth", (volume(28, 28), volume(28, 28, 1))),
    Row("slide 16", "depth", (volume(28, 28, 6),)),
    Row("slide 17", "fully-connected", (volume(32, 32, 3), words(6, 3, 5, 5), volume(28, 28, 6))),
    Row("slide 18", "fully-connected", (words(10, 6, 5, 5), volume(24, 24, 10))),
    Row("slide 21", "convolution", (words(32), volume(5, 5))),
    Row("slide 22", "fully-connected", (CONVNET, r"scores: \(1, 10\)")),
    Row("slide 23", "stride", (r"\(32-5\)/1\+1=28", volume(28, 28))),
    Row("slides 24–28", "stride", (volume(7, 7), volume(3, 3), volume(5, 5))),
    Row("slides 29–31", "stride", (volume(3, 3), r"\(7-3\)/2\+1=3|\\frac\{7-3\}\{2\}\+1=3")),
    Row("slides 32–33", "stride", (r"does not fit", words("7/3"))),
    Row(
        "slide 34",
        "stride",
        (
            r"\(7-3\)/1\+1=5|\\frac\{7-3\}\{1\}\+1=5",
            r"\(7-3\)/2\+1=3|\\frac\{7-3\}\{2\}\+1=3",
            r"(?:\(7-3\)/3|\\frac\{7-3\}\{3\})\+1(?:=|\\approx)2\.33",
        ),
    ),
    Row("slides 35–36", "padding", (volume(7, 7), volume(9, 9))),
    Row("slide 37", "padding", (words(3, 1), words(5, 2), words(7, 3))),
    Row("slide 38", "padding", (words(32, 28, 24),)),
    Row("slides 39–40", "depth", (r"\(32\+2·2-5\)/1\+1=32", volume(32, 32, 10))),
    Row("slides 41–42", "depth", (r"5·5·3\+1=76", r"76·10=760", words(760))),
    Row("slide 43", "depth", (words(5, 5, 3), r"\(32-3\+2·2\)/1\+1=34", r"\(3·3·3\)·64\+64=1792")),
    Row(
        "slide 44",
        "depth",
        (
            r"2\^6=64",
            r"F=3, S=1, P=1: 32 → 32",
            r"F=5, S=1, P=2: 32 → 32",
            r"F=1, S=1, P=0: 32 → 32",
            r"N=33 P=2: 17",
        ),
    ),
    Row("slide 45", "one-by-one", (volume(56, 56, 64), volume(56, 56, 32), words(64))),
    Row("slides 49–50", "neuron-view", (r"5·5·3=75", words(75))),
    Row("slides 51–52", "neuron-view", (volume(28, 28),)),
    Row("slide 53", "neuron-view", (volume(28, 28, 5),)),
    Row("slide 55", "pooling", (volume(224, 224, 64), volume(112, 112, 64))),
    Row(
        "slide 56",
        "pooling",
        (words(1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4), words(6, 8, 3, 4)),
    ),
    Row("slide 57", "pooling", (r"\(224-2\)/2\+1=112",)),
    Row("slide 58", "pooling", (r"\(224-2\)/2\+1=112", r"\(55-3\)/2\+1=27")),
    Row("cell 1", "pretrained-filters", (volume(224, 224, 3) + "|" + volume(224, 224),)),
    Row("cell 2", "pretrained-filters", (volume(224, 224, 64),)),
    Row("cell 3", "pretrained-filters", (words(64, 3, 7, 7) + "|" + volume(7, 7, 3), words(64))),
    Row("cell 4", "stride", (volume(28, 28, 1), words(76))),
    Row("cell 5", "stride", (volume(5, 5), words(10))),
    Row("cell 6", "stride", (volume(3, 3),)),
    Row("cell 7", "stride", (r"does not fit", volume(2, 2))),
    Row("cell 8", "padding", (volume(9, 9), volume(7, 7))),
    Row("cell 9", "padding", (volume(5, 5),)),
    Row("cell 10", "padding", (volume(7, 7),)),
    Row("cell 11", "depth", (volume(36, 36, 3), volume(32, 32, 10))),
    Row("cell 12", "depth", (words(760),)),
    Row("cell 13", "depth", (volume(34, 34, 64), r"1,?792", r"36")),
    Row("cell 14", "one-by-one", (volume(56, 56, 32), r"2,?080")),
    Row("cell 15", "pooling", (words(6, 8, 3, 4),)),
]


@pytest.mark.parametrize("row", LECTURE, ids=lambda row: f"{row.place} in {row.page}")
def test_the_book_computes_the_lectures_numbers(row: Row, site: Path) -> None:
    page = f"book/{row.page}"
    assert page in toc_pages(), f"{page} is not in _toc.yml"
    computed = _computed(page, site)
    missing = [fact for fact in row.facts if not re.search(fact, computed)]
    assert not missing, f"{row.place}: no cell, figure or right formula of {page} gives {missing}"


def test_every_slide_and_every_cell_is_listed() -> None:
    listed = {place for row in LECTURE for place in _expand(row.place)}
    numbers_less = {"slide 19", "slide 20", "slide 54", "slide 59"}
    slides = {f"slide {number}" for number in [*range(10, 46), *range(49, 60)]} - numbers_less
    assert listed == {"opening"} | slides | {f"cell {number}" for number in range(1, 16)}


@pytest.mark.parametrize(
    ("sizes", "text", "matches"),
    [
        ((28, 28, 6), "torch.Size([1, 6, 28, 28])", True),
        ((28, 28, 6), "a volume of 28×28×6", True),
        ((28, 28, 6), "28 × 28 × 6", True),
        ((28, 28, 6), "28×28×60", False),
        ((28, 28, 6), "6×28×2", False),
        ((5, 5), "(1, 5, 5)", True),
        ((5, 5), "15×5", False),
    ],
)
def test_volumes_are_recognised(sizes: tuple[int, ...], text: str, *, matches: bool) -> None:
    assert (re.search(volume(*sizes), text) is not None) is matches


def _computed(page: str, site: Path) -> str:
    """Return what a page's cells print and draw, and its right formulas without spaces."""
    chapter = Chapter.parse((ROOT / f"{page}.md").read_text("utf-8"))
    formulas = [
        re.sub(r"\s", "", f"{equation}").replace(r"\cdot", "·").replace("−", "-")
        for equation in chapter.right_equations()
    ]
    return "\n".join([outputs(site / f"{page}.html"), *formulas])


def _expand(place: str) -> list[str]:
    """Return the slides of "slides 24–26": slide 24, slide 25 and slide 26."""
    kind, _, numbers = place.partition(" ")
    if not numbers:
        return [place]
    first, _, last = numbers.partition("–")
    return [f"{kind.removesuffix('s')} {n}" for n in range(int(first), int(last or first) + 1)]
