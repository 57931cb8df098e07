"""No number of the book stands unverified: formulas are recomputed, prose repeats outputs."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.book import ROOT, assert_none, outputs, toc_pages
from tests.prose import Chapter, numbers

CHAPTERS = [page for page in toc_pages() if (ROOT / f"{page}.md").is_file()]

#: Numbers that no cell can compute, by page: {"as written": "the reason"}.
ALLOWED: dict[str, dict[str, str]] = {
    "book/lecture-map": {"2016": "the year of the lecture"},
}


@pytest.mark.parametrize("page", CHAPTERS)
def test_formulas_are_right(page: str) -> None:
    assert_none([f"book {page}.md, {problem}" for problem in _chapter(page).wrong_formulas()])


@pytest.mark.parametrize("page", CHAPTERS)
def test_numbers_are_backed(page: str, site: Path) -> None:
    allowed = ALLOWED.get(page, {})
    claims = list(_chapter(page).unbacked(_backing(page, site)))
    assert_none(
        [
            f"{page}.md, line {claim.line}: nothing on the page computes {claim.text}"
            for claim in claims
            if claim.text not in allowed
        ]
    )
    unused = set(allowed) - {claim.text for claim in claims}
    assert not unused, f"no longer needed in ALLOWED: {unused}"


@pytest.mark.parametrize("page", CHAPTERS)
def test_shapes_are_backed(page: str, site: Path) -> None:
    chapter = _chapter(page)
    assert_none(
        [
            f"{page}.md, line {line}: nothing on the page computes or uses {text}"
            for line, text in chapter.unbacked_shapes(_computed(page, site))
        ]
    )


def _chapter(page: str) -> Chapter:
    return Chapter.parse((ROOT / f"{page}.md").read_text("utf-8"))


def _backing(page: str, site: Path) -> set[Fraction]:
    return numbers(_computed(page, site))


def _computed(page: str, site: Path) -> str:
    """Return what the page's cells print and draw; a page without cells may repeat any page's."""
    pages = [page] if _chapter(page).code.strip() else toc_pages()
    return "\n".join(outputs(site / f"{name}.html") for name in pages)


SNIPPET = """---
jupytext: {format_version: 99.5}
---

(chapter-55)=
# A title with 12

A map of 28×28×6 has $28 \\cdot 28 \\cdot 6 = 4{,}704$ numbers, so 4,704 in all, about 2.33 or
67% (see {ref}`chapter-77`, {cite:p}`he2016`, slides 24–28 and [a page](https://example.org/99)).

```{code-cell} python
---
mystnb:
  figure:
    name: fig-88
    caption: |
      A caption with 31 and $3 + 4 = 7$.
---
draw(12, size=1_000)
```

:::{admonition} VGG-16 and block1_conv1, float32
:class: goals-44

It costs 15.2 million products, as `layer(13)` says, and $N = 14$.
:::
"""


def test_a_chapter_is_taken_apart() -> None:
    chapter = Chapter.parse(SNIPPET)
    assert [(claim.line, claim.text) for claim in chapter.claims()] == [
        (6, "12"),
        (8, "28"),
        (8, "28"),
        (8, "4,704"),
        (8, "2.33"),
        (9, "67%"),
        (17, "31"),
        (25, "15.2 million"),
        (25, "13"),
        (8, "28"),
        (8, "28"),
        (8, "4,704"),
        (25, "14"),
    ]
    assert "draw(12, size=1_000)" in chapter.code
    assert "caption" not in chapter.code
    assert [formula.line for formula in chapter.formulas] == [8, 17, 25]


def test_a_section_holds_its_own_formulas_and_those_of_its_parts() -> None:
    source = """# Chapter
(first)=
## First
$1 + 1 = 2$
```{code-cell} python
# Not a heading
a = 1
```
$1 + 2 = 3$
### Part
$1 + 3 = 4$
(second)=
## Second
$1 + 4 = 5$
"""
    chapter = Chapter.parse(source)
    first = chapter.section("first")
    assert [(formula.line, formula.latex) for formula in first.formulas] == [
        (4, "1 + 1 = 2"),
        (9, "1 + 2 = 3"),
        (11, "1 + 3 = 4"),
    ]
    assert first.code.split() == ["#", "Not", "a", "heading", "a", "=", "1"]
    assert [formula.line for formula in chapter.section("second").formulas] == [14]


def test_backed_numbers_pass() -> None:
    output = "31 and 13 of 14, 0.6667, 2.3333, 15237608"
    assert list(Chapter.parse(SNIPPET).unbacked(numbers(output))) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("so 4,704 in all", "so 4,705 in all", 8),
        ("28×28×6 has", "29×28×6 has", 8),
        ("2.33", "2.34", 8),
        ("67%", "66%", 9),
        ("caption with 31", "caption with 32", 17),
        ("15.2 million", "24 million", 25),
        ("`layer(13)`", "`layer(15)`", 25),
        ("$N = 14$", "$N = 15$", 25),
    ],
)
def test_a_wrong_number_is_found(right: str, wrong: str, line: int) -> None:
    assert right in SNIPPET
    chapter = Chapter.parse(SNIPPET.replace(right, wrong))
    unbacked = list(chapter.unbacked(numbers("31 and 13 of 14, 0.6667, 2.3333, 15237608")))
    assert [claim.line for claim in unbacked] == [line]


@pytest.mark.parametrize(
    ("prose", "computed", "is_backed"),
    [
        ("a map of 28×28×6", "(28, 28, 6)", True),
        ("a map of 28×28×6", "torch.Size([1, 6, 28, 28])", True),
        ("a map of 28×28×6", "28 × 28 × 6 numbers", True),
        ("a map of 28×28×6", "(28, 28, 5)", False),
        ("a map of 28×28×6", "28 and 28 and 6", False),
        ("a window of 2×3", "a window of 2×3", True),
        ("a window of 2×3", "a window of 3×2", False),
        ("a kernel of 3×3", "kernel_size=3", True),
        ("a kernel of 3×3", "kernel_size=5", False),
        (r"28×28×6, so $28 \cdot 28 \cdot 6 = 4{,}704$", "", True),
        (r"28×28×6, so $28 \cdot 28 \cdot 6 = 4{,}705$", "", False),
    ],
)
def test_shapes_in_prose(prose: str, computed: str, *, is_backed: bool) -> None:
    assert (list(Chapter.parse(prose).unbacked_shapes(computed)) == []) is is_backed


@pytest.mark.parametrize("latex", [r"9/64 \approx 14\%", r"9/64 = 0.140625 \approx 14.1\%"])
def test_a_recomputed_percentage_is_backed(latex: str) -> None:
    assert list(Chapter.parse(f"About ${latex}$ of it.").unbacked(set())) == []


@pytest.mark.parametrize(("right", "wrong"), [("4{,}704", "4{,}705"), ("3 + 4 = 7", "3 + 4 = 8")])
def test_a_wrong_formula_is_found(right: str, wrong: str) -> None:
    chapter = Chapter.parse(SNIPPET)
    assert list(chapter.wrong_formulas()) == []
    assert len(list(Chapter.parse(SNIPPET.replace(right, wrong)).wrong_formulas())) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(1, 32, 28, 28)", [1, 28, 32]),
        ("[[6. 8.]\n [3. 4.]]", [3, 4, 6, 8]),
        ("-0.5 and 1e-05", [Fraction(1, 100_000), Fraction(1, 2)]),
        ("conv1 x2 float32", []),
        ("32×32", [32]),
        ("18%", [Fraction(18, 100), 18]),
    ],
)
def test_numbers_of_outputs(text: str, expected: list[int | Fraction]) -> None:
    assert sorted(numbers(text)) == expected


@pytest.mark.parametrize(
    ("prose", "output", "is_backed"),
    [
        ("18% of it", "18%", True),
        ("18% of it", "0.184", True),
        ("18% of it", "0.19", False),
        ("175 billion", "175,890,999,375", False),
        ("More than 175 billion", "175,890,999,375", True),
        ("176 billion", "175,890,999,375", True),
        ("more than 176 billion", "175,890,999,375", False),
        ("about 2.3", "2.302585", True),
        ("about 23", "23.4", False),
        ("a 7 alone", "", True),
    ],
)
def test_rounded_numbers(prose: str, output: str, *, is_backed: bool) -> None:
    assert (list(Chapter.parse(prose).unbacked(numbers(output))) == []) is is_backed


def test_a_caption_does_not_back_itself(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<div class="cell_output"><svg aria-label="A 7×7 grid"><text>33</text></svg>'
        "<figcaption>The 99 cells</figcaption><pre>28</pre></div><p>55</p>",
        "utf-8",
    )
    assert numbers(outputs(page)) == {7, 28, 33}
