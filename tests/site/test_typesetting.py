"""Formulas become SVG and MathML, and a typo in one is an error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.book import assert_none, soup, toc_pages

from cnnbook_site.typesetting import FormulaError, mathml, typeset


@pytest.mark.parametrize("display", [False, True])
def test_a_formula_is_an_svg_that_refers_to_its_glyphs(*, display: bool) -> None:
    svg, glyphs = typeset(r"\frac{7 - 3}{2} + 1 = 3", display=display)
    used = set(re.findall(r'href="#g-([^"]+)"', svg))
    assert used == set(glyphs)
    assert all(path.startswith("M") for path in glyphs.values())
    assert svg.startswith("<svg ")
    assert "MJX" not in svg


def test_each_glyph_is_listed_once() -> None:
    svg, glyphs = typeset("3 + 3 + 3", display=False)
    assert len(glyphs) == 2
    assert svg.count("<use ") == 5


@pytest.mark.parametrize(
    "latex", [r"\undefinedmacro{3}", r"\frac{1}{2", r"\begin{aligned} 1", "x^2^3", "}"]
)
def test_a_typo_is_an_error(latex: str) -> None:
    with pytest.raises(FormulaError):
        typeset(latex, display=False)


def test_a_formula_can_be_read_aloud() -> None:
    assert "<mfrac><mn>1</mn><mn>2</mn></mfrac>" in re.sub(
        r"</?mrow>", "", mathml(r"\frac{1}{2}", display=False)
    )
    assert 'display="block"' in mathml("1", display=True)


def test_aligned_rows_and_thousands_are_read_as_what_they_are() -> None:
    rows = mathml(r"\begin{aligned} a &= 1 \\[4pt] b &= 2{,}517{,}630 \end{aligned}", display=True)
    assert rows.count("<mtr>") == 2
    assert "<mn>2,517,630</mn>" in rows
    assert "amp;" not in rows
    assert "pt]" not in re.sub(r"<[^>]*>", "", rows)


def test_no_page_has_a_formula_that_reads_its_own_commands_aloud(site: Path) -> None:
    spoken = [
        math.get_text()
        for page in toc_pages()
        for math in soup(site / f"{page}.html").select(".math-spoken")
    ]
    assert len(spoken) > 100
    assert_none([text for text in spoken if re.search(r"[&\\]|pt\]", text)])
