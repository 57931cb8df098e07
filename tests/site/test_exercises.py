"""The book's exercises: each has a solution, PyTorch gives the answers, no known mistake does."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import Tag
from tests.book import assert_none, soup, toc_pages
from tests.test_lecture import LECTURE
from tests.widgets.questions import answer

from cnnbook.widgets.questions import KINDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A chapter that somebody adds may do without exercises; the lecture's may not.
CHAPTERS = list(dict.fromkeys(f"book/{row.page}" for row in LECTURE))


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


def test_the_index_counts_every_question(site: Path) -> None:
    counted = {name: len(_questions(site / f"{name}.html")) for name in toc_pages()}
    line = soup(site / "book/index.html").select_one(".cnnbook-progress")
    assert line is not None
    totals = json.loads(str(line["data-totals"]))
    assert totals == {name: number for name, number in counted.items() if number}
    assert str(sum(totals.values())) in line.get_text()


# ---- The exercises at the end of each chapter ---------------------------------------------------


def _section(site: Path, name: str) -> Tag:
    target = soup(site / f"{name}.html").find(id=f"{Path(name).name}-exercises")
    assert isinstance(target, Tag), f"{name} has no exercises"
    section = target if target.name == "section" else target.find_parent("section")
    assert isinstance(section, Tag)
    return section


def _exercises(site: Path, name: str) -> list[tuple[Tag, Tag]]:
    """Return the numbered exercises of a chapter, each with what follows it."""
    pairs = []
    for exercise in _section(site, name).select(".exercise"):
        follower = exercise.find_next_sibling()
        assert isinstance(follower, Tag), f"nothing follows {exercise.get_text()!r}"
        pairs.append((exercise, follower))
    return pairs


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_ends_in_four_exercises_or_more(site: Path, name: str) -> None:
    section = _section(site, name)
    kinds = section.select('figure[data-widget="predict"], .exercise')
    assert kinds[0].name == "figure", "the first asks for a prediction"
    assert len(kinds) >= 4
    after = section.find_next_sibling("section")
    assert isinstance(after, Tag)
    assert after["id"] == "in-short"


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_exercise_has_a_folded_solution(site: Path, name: str) -> None:
    exercises = _exercises(site, name)
    for exercise, solution in exercises:
        number = exercise.select_one(".caption-number")
        assert number is not None
        assert solution.name == "details"
        assert not solution.has_attr("open")
        assert solution.summary is not None
        assert solution.summary.get_text() == f"Solution to {number.get_text().strip()}"
        assert len(solution.get_text()) > 2 * len(solution.summary.get_text())
    section = _section(site, name)
    assert len(section.select("details.solution")) == len(exercises)
    ids = [str(tag["id"]) for tag in section.select("[id]")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_a_function_to_write_and_its_solution_passes(site: Path, name: str) -> None:
    checked = 0
    for exercise, solution in _exercises(site, name):
        said = [output.get_text().strip() for output in solution.select(".cell_output")]
        for asked in re.findall(r'check\("(\w+)"', exercise.get_text()):
            assert any(text.startswith(f"{asked}: right.") for text in said), asked
            checked += 1
        if "def compare(" in exercise.get_text():  # what no function of the package does
            assert "right" in said
            checked += 1
    assert checked


@pytest.mark.browser
def test_a_solution_opens_by_keyboard_without_scripts_and_stays_off_paper(
    browser: Browser, site: Path
) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto((site / f"{CHAPTERS[0]}.html").resolve().as_uri())
    exercise, solution = page.locator(".exercise").first, page.locator("details.solution").first
    answer = solution.locator("p").first
    assert not answer.is_visible()
    solution.locator("summary").press("Enter")
    assert answer.is_visible()
    page.emulate_media(media="print")
    assert exercise.is_visible()
    assert not solution.is_visible()
    page.close()
