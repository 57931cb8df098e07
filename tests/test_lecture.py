"""Each number of the lecture comes out of the sections that the book's lecture map names for it.

A slide's may come out of a cell, a figure or a formula, a cell's only of a cell whose code is seen.
"""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from bs4 import Tag
from tests.book import ROOT, outputs_in, soup, toc_pages
from tests.prose import Chapter
from tests.prose import shape as volume

from cnnbook.figures import filters as draw
from cnnbook.pretrained import CHECKPOINTS, Checkpoint, load_filters


class Row(NamedTuple):
    """A slide or a cell of the lecture, the chapter that teaches it, what must come out there."""

    place: str
    page: str
    facts: tuple[str, ...]

    @property
    def labels(self) -> list[str]:
        """The labels in this chapter that the lecture map names."""
        named = [label for place in _expand(self.place) for label in LECTURE_MAP[place]]
        return [label for label in dict.fromkeys(named) if label.startswith(f"{self.page}-")]


def words(*numbers: object) -> str:
    """Match numbers that follow each other, whatever but digits stands between them."""
    return r"[^\d]+".join(rf"(?<![\d.]){re.escape(str(number))}(?![\d])" for number in numbers)


def lecture_map() -> dict[str, list[str]]:
    """Return the labels that book/lecture-map.md names for each slide and each cell."""
    labels: dict[str, list[str]] = {}
    slides, cells = (ROOT / "book" / "lecture-map.md").read_text("utf-8").split("\n## Cells\n")
    for kind, text in ("slide", slides), ("cell", cells):
        for place, where in re.findall(r"^\| (opening|\d+) \|.*\|([^|]+)\|$", text, re.M):
            named = place if place == "opening" else f"{kind} {place}"
            labels.setdefault(named, []).extend(re.findall(r"[`<]([\w-]+)[`>]", where))
    return labels


LECTURE_MAP = lecture_map()
#: Slide 22's (convolution, ReLU) twice, then pooling, repeated, then a fully connected layer.
CONVNET = ("Conv2d .*?ReLU .*?" * 2 + "MaxPool2d .*?") * 3 + "Flatten .*?Linear "
SLIDES = [
    Row("opening", "convolution", (volume(3, 3),)),
    Row("slide 10", "depth", (volume(32, 32, 3),)),
    Row("slides 11–12", "depth", (volume(5, 5, 3),)),
    Row("slide 13", "depth", (r"75 weights",)),
    Row("slides 14–15", "depth", (volume(28, 28), volume(28, 28, 1))),
    Row("slide 16", "depth", (volume(28, 28, 6),)),
    Row("slide 17", "fully-connected", (volume(32, 32, 3), words(6, 3, 5, 5), volume(28, 28, 6))),
    Row("slide 18", "fully-connected", (words(10, 6, 5, 5), volume(24, 24, 10))),
    Row("slide 21", "convolution", (words(32), volume(5, 5))),
    Row("slide 22", "fully-connected", (CONVNET, r"scores: \(1, 10\)")),
    Row("slide 23", "stride", (r"5·5·3=75", volume(28, 28))),
    Row("slides 24–28", "stride", (volume(7, 7), volume(3, 3), volume(5, 5))),
    Row("slides 29–31", "stride", (volume(3, 3), r"\(1, 1, 3, 3\)")),
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
    Row("slide 43", "depth", (r"\(32-3\+2·2\)/1\+1=34", r"\(3·3·3\)·64\+64=1792")),
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
]
CELLS = [
    Row("cell 1", "pretrained-filters", (r"preprocess\(photo\)", r"-> \(1, 3, 224, 224\)")),
    Row("cell 2", "pretrained-filters", (r"functional\.conv2d", r"-> \(1, 64, 224, 224\)")),
    Row("cell 3", "pretrained-filters", (r'draw\.sheet\(load_filters\("resnet50", "conv1"\)',)),
    Row("cell 4", "stride", (r"kernel_size=5\)", r"\(1, 1, 28, 28\)\s+76 parameters")),
    Row("cell 5", "stride", (r"kernel_size=3\)", r"\(1, 1, 5, 5\)\s+10 parameters")),
    Row("cell 6", "stride", (r"kernel_size=3, stride=2\)", r"\(1, 1, 3, 3\)\s+10 parameters")),
    Row("cell 7", "stride", (r"kernel_size=3, stride=3\)", r"\(1, 1, 2, 2\)")),
    Row("cell 8", "padding", (r"functional\.pad", r"\(1, 1, 9, 9\) -> \(1, 1, 7, 7\)")),
    Row("cell 9", "padding", (r"padding=padding", r"valid -> \(1, 1, 5, 5\)")),
    Row("cell 10", "padding", (r"padding=padding", r"same -> \(1, 1, 7, 7\)")),
    Row("cell 11", "depth", (r"Conv2d\(3, 10, kernel_size=5", r"\(3, 36, 36\) → \(10, 32, 32\)")),
    Row("cell 12", "depth", (r"Conv2d\(3, 10, kernel_size=5", r"together 760")),
    Row("cell 13", "depth", (r"Conv2d\(3, K", r"padded 36 → \(64, 34, 34\)\s+1792 parameters")),
    Row("cell 14", "one-by-one", (r"kernel_size=1\)", r"→ \(32, 56, 56\)", r" 2080")),
    Row("cell 15", "pooling", (r"MaxPool2d\(kernel_size=2, stride=2\)", words(6, 8, 3, 4))),
]
LECTURE = [*SLIDES, *CELLS]


@pytest.mark.parametrize("row", SLIDES, ids=lambda row: f"{row.place} in {row.page}")
def test_the_sections_of_a_slide_compute_its_numbers(row: Row, site: Path) -> None:
    chapter = Chapter.parse((ROOT / "book" / f"{row.page}.md").read_text("utf-8"))
    computed = []
    for label, section in _sections(row, site).items():
        computed.append(outputs_in(section))
        computed += [
            _one_line(str(formula)) for formula in chapter.section(label).right_equations()
        ]
    _assert_found(row, "\n".join(computed))


@pytest.mark.parametrize("row", CELLS, ids=lambda row: f"{row.place} in {row.page}")
def test_the_code_for_a_cell_is_seen_and_prints_its_numbers(row: Row, site: Path) -> None:
    seen = []
    for section in _sections(row, site).values():
        for code in section.select("div.cell > .cell_input"):
            assert code.parent
            seen += [code.get_text(), outputs_in(code.parent)]
    _assert_found(row, "\n".join(seen))


@pytest.fixture
def resnet50(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Put another file in the place of ResNet-50's checkpoint; it is not on this machine yet."""
    buffer = io.BytesIO()
    torch.save({"conv1.weight": torch.rand(64, 3, 7, 7)}, buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    checkpoint = Checkpoint(f"https://example.org/resnet50-{digest[:8]}.pth", mebibytes=2)
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    monkeypatch.setitem(CHECKPOINTS, "resnet50", checkpoint)
    return buffer.getvalue()


def test_the_gallery_of_cell_3_draws_every_filter(resnet50: bytes) -> None:
    path = CHECKPOINTS["resnet50"].path
    path.parent.mkdir()
    path.write_bytes(resnet50)
    assert "64 filters of 7×7×3" in _run_gallery().alt


@pytest.mark.usefixtures("resnet50")
def test_without_the_weights_the_gallery_says_what_they_cost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run_gallery() is None
    # 2 · 1024² bytes are 2.1 million.
    assert "64 filters of 7×7×3, 2 MiB (2 MB)" in capsys.readouterr().out


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


def _sections(row: Row, site: Path) -> dict[str, Tag]:
    """Return the sections of the built page that the lecture map names, by their labels."""
    assert f"book/{row.page}" in toc_pages(), f"{row.page} is not in _toc.yml"
    page = soup(site / "book" / f"{row.page}.html")
    # A label before a paragraph names no section.
    found = {label: page.select_one(f"section:has(> span#{label})") for label in row.labels}
    return {label: section for label, section in found.items() if section}


def _run_gallery() -> Any:
    """Run the cell that draws ResNet-50's filters, and return what it shows."""
    source = (ROOT / "book" / "pretrained-filters.md").read_text("utf-8")
    cells = re.findall(r"^```\{code-cell\} python\n(.+?)^```$", source, re.M | re.S)
    (cell,) = [cell for cell in cells if 'available("resnet50")' in cell]
    names: dict[str, Any] = {"draw": draw, "load_filters": load_filters}
    exec(cell, names)  # noqa: S102 - the chapter's own code, as its build runs it
    return names["gallery"]


def _assert_found(row: Row, computed: str) -> None:
    missing = [fact for fact in row.facts if not re.search(fact, computed)]
    assert not missing, f"{row.place}: nothing in {', '.join(row.labels)} gives {missing}"


def _one_line(formula: str) -> str:
    return re.sub(r"\s", "", formula).replace(r"\cdot", "·").replace("−", "-")


def _expand(place: str) -> list[str]:
    """Return the slides of "slides 24–26": slide 24, slide 25 and slide 26."""
    kind, _, numbers = place.partition(" ")
    if not numbers:
        return [place]
    first, _, last = numbers.partition("–")
    return [f"{kind.removesuffix('s')} {n}" for n in range(int(first), int(last or first) + 1)]
