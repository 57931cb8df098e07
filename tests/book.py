"""Where the book's sources and its built pages are, and what its cells printed and drew."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from tests.run import run

ROOT = Path(__file__).parents[1]
SITE = Path(os.environ.get("CNNBOOK_SITE", ROOT / "_build" / "html"))


def toc_pages() -> list[str]:
    """Names of all pages of the table of contents, ``book/convolution`` for example."""
    return list(_files(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))))


def tracked() -> list[str]:
    """Names of the files under version control."""
    return run("git", "ls-files", folder=ROOT).splitlines()


def config() -> Any:
    """Return the book's settings, which a fork changes."""
    return yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))


def repository_url() -> str:
    """Return the repository's address, from the one place that holds it."""
    return str(config()["repository"]["url"]).rstrip("/").removesuffix(".git")


def site_address() -> str:
    """Return where the site is published, with a slash at the end."""
    from cnnbook_site.addresses import pages  # pytest's path has it; the benchmarks do without

    own = config().get("html", {}).get("baseurl") or pages(repository_url())
    return f"{own.rstrip('/')}/"


def code_to_run(page: str) -> list[str]:
    """Return the code of a page's notebook: its cells, and the functions to write, with the check.

    A page shows these only. They are fenced blocks in exercises.
    """
    source = (ROOT / f"{page}.md").read_text("utf-8")
    fences = re.findall(_FENCE, source, re.M | re.S)
    return [code.strip() for kind, code in fences if kind != "python" or "check(" in code]


_FENCE = r"^```(\{code-cell\}|python).*?\n(?:---\n.*?\n---\n)?(.*?)^```$"


def assert_none(problems: Sequence[str]) -> None:
    """Fail with one line for each problem."""
    if problems:
        pytest.fail("\n".join([f"{len(problems)} problems:", *problems]), pytrace=False)


@cache
def soup(html: Path) -> BeautifulSoup:
    if not html.is_file():
        pytest.fail(f"{html} is not built: run make book first", pytrace=False)
    return BeautifulSoup(html.read_text("utf-8"), "html.parser")


@cache
def outputs(html: Path) -> str:
    """Return everything that a page's cells printed and drew, alternative texts included."""
    return outputs_in(soup(html))


def outputs_in(part: Tag) -> str:
    """Return the same of a part of a page: of a section, or of one cell."""
    return "\n".join(
        _output_text(output)
        for output in part.select(".cell_output")
        if not output.find_parent(class_="cell_output")
    )


def _output_text(output: Tag) -> str:
    # A caption stands in its cell's output, but its author wrote it: it backs nothing.
    parts = [
        text
        for text in output.find_all(string=True)
        if text.find_parent(["figcaption", "style", "script"]) is None
    ]
    named = [output, *output.find_all(True)]
    labels = [str(tag[key]) for tag in named for key in ("aria-label", "alt") if tag.has_attr(key)]
    return " ".join([*parts, *labels])


def _files(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"file", "root"}:
                yield value
            else:
                yield from _files(value)
    elif isinstance(node, list):
        for item in node:
            yield from _files(item)
