"""The page that says where the lecture went: no slide or cell is missing or without a link."""

from __future__ import annotations

import pytest
from bs4 import Tag
from tests.book import SITE, assert_none, soup

SLIDES = [*range(10, 46), *range(49, 60)]  # 46 to 48 show code in three old frameworks
CELLS = range(1, 16)


def rows(section: str) -> list[Tag]:
    page = soup(SITE / "book" / "lecture-map.html")
    return list(page.select(f"#{section} tbody tr"))


@pytest.mark.parametrize("section", ["slides", "cells"])
def test_each_row_leads_into_a_chapter(section: str) -> None:
    without = [
        row.get_text(" ", strip=True)
        for row in rows(section)
        if not any("#" in str(a["href"]) for a in row.select("td:last-child a.internal"))
    ]
    assert_none(without)


@pytest.mark.parametrize(("section", "numbers"), [("slides", SLIDES), ("cells", CELLS)])
def test_nothing_is_missing(section: str, numbers: range | list[int]) -> None:
    named = {row.select("td")[0].get_text(strip=True) for row in rows(section)}
    assert_none([str(number) for number in numbers if str(number) not in named])
    assert section == "cells" or "opening" in named
