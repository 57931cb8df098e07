"""The index knows how many exercises the book has."""

from __future__ import annotations

import json
from pathlib import Path

from tests.book import soup, toc_pages


def test_the_index_counts_every_exercise(site: Path) -> None:
    pages = {name: site / f"{name}.html" for name in toc_pages()}
    counted = {
        name: len(soup(path).select('figure[data-widget="predict"]'))
        for name, path in pages.items()
        if path.is_file()
    }
    line = soup(pages["book/index"]).select_one(".cnnbook-progress")
    assert line is not None
    totals = json.loads(str(line["data-totals"]))
    assert totals == {name: number for name, number in counted.items() if number}
    assert str(sum(totals.values())) in line.get_text()
