"""What README.md and CONTRIBUTING.md name is there."""

from __future__ import annotations

import re
import tomllib
from math import ceil

import matplotlib.image
import pytest
from tests.book import ROOT, tracked

README = (ROOT / "README.md").read_text("utf-8")
TEXTS = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md")}


def test_the_table_names_every_folder_and_nothing_else() -> None:
    rows = re.findall(r"^\| (`.+?) \|", README, re.M)
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert len(named) >= 8
    assert [name for name in named if not (ROOT / name).exists()] == []
    folders = {path.partition("/")[0] for path in tracked() if "/" in path}
    assert folders <= {name.partition("/")[0] for name in named}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_links_lead_to_files(text: str) -> None:
    found = re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)|src=\"([^\"]+)\"", text)
    paths = [link or picture for link, picture in found]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_make_target_exists(text: str) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    asked = set(re.findall(r"(?:`|^ +)make (\w+)", text, re.M))
    assert len(asked) >= 2
    assert asked <= targets


def test_every_extra_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = set(re.findall(r"\.\[(\w+)\]", README))
    assert asked >= {"book", "test", "chapters"}
    assert asked <= set(project["optional-dependencies"])


def test_the_readme_stays_short() -> None:
    """Two screens of 900 pixels, of GitHub's page."""
    assert sum(map(height, README.split("\n\n"))) <= 2 * 900


def height(block: str) -> float:
    """Return about how many pixels GitHub gives to a part of a text, with the gap below it."""
    lines = block.splitlines()
    match block[0]:
        case "#":
            return 78
        case "<":
            path, width = re.findall(r'(?:src|width)="(.+?)"', block)
            rows, columns, _ = matplotlib.image.imread(ROOT / path).shape
            return int(width) * float(rows / columns) + 16
        case "|":
            return 37 * (len(lines) - 1) + 24 * sum(len(line) > 125 for line in lines) + 16
        case " ":
            return 20 * len(lines) + 48
        case _:
            shown = re.sub(r"\]\([^)]*\)|[`*]", "", block)
            items = re.split(r"\n(?=\d+\. )", shown)
            return sum(24 * ceil(len(item) / 114) + 4 for item in items) + 12
