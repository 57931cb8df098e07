"""The book's questions: PyTorch gives their answers, no known mistake does, the index counts."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.book import assert_none, soup, toc_pages
from tests.widgets.questions import answer

from cnnbook.widgets.questions import KINDS


def _questions(page: Path) -> list[dict[str, Any]]:
    figures = soup(page).select('figure[data-widget="predict"]') if page.is_file() else []
    return [json.loads(str(figure["data-state"])) for figure in figures]


@pytest.mark.parametrize("name", toc_pages())
def test_answers_are_pytorchs_and_mistakes_are_wrong(site: Path, name: str) -> None:
    problems = []
    for question in _questions(site / f"{name}.html"):
        kind, numbers, values = question["kind"], question["numbers"], question["values"]
        right = values["answer"]
        exact = right if isinstance(right, list) else Fraction(str(right))
        if exact != answer(kind, numbers):
            problems.append(f"{kind} {numbers}: {right}, but PyTorch says {answer(kind, numbers)}")
        problems += [
            f"{kind} {numbers}: who makes the mistake {mistake!r} is right; choose other numbers"
            for mistake in KINDS[kind].mistakes
            if values.get(mistake) == right
        ]
    assert_none(problems)


def test_the_index_counts_every_exercise(site: Path) -> None:
    counted = {name: len(_questions(site / f"{name}.html")) for name in toc_pages()}
    line = soup(site / "book/index.html").select_one(".cnnbook-progress")
    assert line is not None
    totals = json.loads(str(line["data-totals"]))
    assert totals == {name: number for name, number in counted.items() if number}
    assert str(sum(totals.values())) in line.get_text()
