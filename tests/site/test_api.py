"""The page of the package: whatever is public is on it, and its examples use nothing else."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import pytest
from bs4 import Tag
from tests.book import SITE, assert_none, soup

PUBLIC = (
    "cnnbook",
    "cnnbook.exercises",
    "cnnbook.pretrained",
    "cnnbook.summary",
    "cnnbook.widgets",
)


def entries() -> dict[str, Tag]:
    """Return what the page documents, by the last part of its name."""
    terms = soup(SITE / "book" / "api.html").select("dt.sig[id^=cnnbook]")
    return {str(term["id"]).rpartition(".")[2]: term for term in terms}


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_is_documented(module: str) -> None:
    names = importlib.import_module(module).__all__
    assert_none([f"{module}.{name}" for name in names if name not in entries()])


def test_the_examples_make_only_what_is_documented() -> None:
    made = set(_made())
    assert {"Conv2d", "ReceptiveField", "Summary"} <= made
    pytorchs = importlib.import_module("torch.nn")
    assert_none([name for name in made - entries().keys() if not hasattr(pytorchs, name)])


def _made() -> Iterator[str]:
    """Yield the names of the classes that the examples call."""
    for example in soup(SITE / "book" / "api.html").select(".doctest pre, .highlight-pycon pre"):
        for line in example.get_text().splitlines():
            if line.startswith((">>>", "...")):
                yield from re.findall(r"\b[A-Z]\w+(?=\()", line)
