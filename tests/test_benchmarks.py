"""What can be said of the benchmarks without running them, which takes minutes."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from tests.book import ROOT


def test_figures_are_measured_on_a_site_that_is_named_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = runpy.run_path(str(ROOT / "benchmarks" / "figures.py"))
    monkeypatch.chdir(tmp_path)
    folder = names["site_folder"](["html"])
    assert (folder / "index.html").as_uri() == (tmp_path / "html" / "index.html").as_uri()
    assert names["site_folder"]([]) == ROOT / "_build" / "html"
