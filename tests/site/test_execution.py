"""The execution cache's key follows everything that chapters run on."""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path

import pytest

import cnnbook
from cnnbook_site import execution
from cnnbook_site.execution import fingerprint


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package that stands in its place."""
    copy = tmp_path / "cnnbook"
    shutil.copytree(
        Path(cnnbook.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(cnnbook, "__file__", str(copy / "__init__.py"))
    return copy


def test_equal_files_have_an_equal_fingerprint(package: Path) -> None:
    before = fingerprint()
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "images.pyc").write_bytes(b"bytecode")
    assert fingerprint() == before


def test_a_changed_line_changes_it(package: Path) -> None:
    before = fingerprint()
    with (package / "images.py").open("a", encoding="utf-8") as module:
        module.write("\n")
    assert fingerprint() != before


def test_a_new_file_changes_it(package: Path) -> None:
    before = fingerprint()
    (package / "weights.bin").write_bytes(b"")
    assert fingerprint() != before


@pytest.mark.parametrize("library", ["numpy", "scipy", "traitlets", "ipython", "nbclient"])
def test_another_version_of_a_library_changes_it(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    before = fingerprint()
    installed = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: "0.0" if name == library else installed(name)
    )
    assert fingerprint() != before


def test_weights_at_hand_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    monkeypatch.setattr(execution, "available", lambda name: name == "resnet50")
    assert fingerprint() != before
