"""The glossary's error messages are those that the chapters print."""

from __future__ import annotations

import re

import pytest
from tests.book import ROOT, SITE, outputs

ROWS = re.findall(
    r"^\| `([^`]+)`.* \| (\{ref\}.*) \|$", (ROOT / "book" / "glossary.md").read_text("utf-8"), re.M
)


@pytest.mark.parametrize(("message", "where"), ROWS)
def test_a_chapter_that_is_named_prints_the_message(message: str, where: str) -> None:
    labels = re.findall(r"[`<]([\w-]+)[`>]", where)
    pages = [
        path.stem
        for path in (ROOT / "book").glob("*.md")
        if any(f"({label})=" in path.read_text("utf-8") for label in labels)
    ]
    assert pages
    printed = [_words(outputs(SITE / "book" / f"{page}.html")) for page in pages]
    assert any(all(_words(part) in text for part in message.split("…")) for text in printed)


def test_there_are_messages() -> None:
    assert len(ROWS) >= 8


def _words(text: str) -> str:
    return " ".join(text.split())
