"""What is published works by itself: built, checked and used away from the source tree."""

from __future__ import annotations

import re
import sys
import tarfile
import tomllib
import venv
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import numpy
import pytest
import yaml
from tests.book import ROOT, config, repository_url, tracked
from tests.run import run

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
# By hand: 5 + 2·1 − 3 over 2, plus 1, is 3; the ones of a 3×3 window add up to 9.
USE = """
import sys
import numpy as np


import cnnbook

assert cnnbook.output_size(5, 3, stride=2, padding=1) == 3
print(cnnbook.conv2d(np.ones((1, 4, 4)), np.ones((1, 1, 3, 3))).tolist())
print(cnnbook.load_filters("alexnet", "features.0")[0].shape)
print(cnnbook.__file__)
assert not {"torch", "matplotlib", "anywidget"} & set(sys.modules)
"""


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    return {path.suffix: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def metadata(distributions: dict[str, Path]) -> Message:
    with zipfile.ZipFile(distributions[".whl"]) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith("/METADATA"))
        return HeaderParser().parsestr(wheel.read(name).decode())


@pytest.fixture(scope="module")
def python(distributions: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment with the wheel, NumPy and nothing else."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    packages = next(home.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(distributions[".whl"]) as wheel:
        wheel.extractall(packages)
    for path in Path(numpy.__file__).parents[1].glob("numpy*"):
        (packages / path.name).symlink_to(path)
    return home / "bin" / "python"


def test_the_distributions_pass_the_index_s_check(distributions: dict[str, Path]) -> None:
    assert set(distributions) == {".gz", ".whl"}
    run(sys.executable, "-m", "twine", "check", "--strict", *distributions.values())


def test_the_wheel_holds_every_file_of_the_package_and_only_those(
    distributions: dict[str, Path],
) -> None:
    source = ROOT / "src"
    expected = {
        path.relative_to(source).as_posix()
        for path in (source / "cnnbook").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(distributions[".whl"]) as wheel:
        names = set(wheel.namelist())
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert "cnnbook/py.typed" in expected
    assert {Path(name).suffix for name in expected} >= {".mjs", ".css", ".safetensors"}


def test_the_sdist_is_made_of_files_under_version_control(distributions: dict[str, Path]) -> None:
    with tarfile.open(distributions[".gz"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    kept = {*tracked(), "PKG-INFO"}
    assert names <= kept


def test_the_metadata_is_complete(metadata: Message) -> None:
    repository = repository_url()
    assert metadata["Name"] == "cnnbook"
    assert metadata["Version"] == VERSION
    assert metadata["Summary"]
    assert metadata["Author"]
    assert metadata["License-Expression"] == "MIT AND BSD-3-Clause"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_all("Project-URL") == [
        f"Source, {repository}",
        f"Issues, {repository}/issues",
    ]
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert [re.split(r"[<>=;\s]", line)[0] for line in needed] == ["numpy"]
    assert {"figures", "torch", "widgets", "chapters"} <= set(
        metadata.get_all("Provides-Extra", [])
    )


def test_the_description_is_the_readme_with_whole_addresses(metadata: Message) -> None:
    readme, branch = (ROOT / "README.md").read_text("utf-8"), config()["repository"]["branch"]
    description = str(metadata.get_payload())
    targets = re.findall(r'\]\(([^)]+)\)|src="([^"]+)"', description)
    assert len(targets) == len(re.findall(r'\]\(|src="', readme)) >= 5
    for link, picture in targets:
        start = (
            f"{repository_url()}/blob/{branch}/" if link else f"{repository_url()}/raw/{branch}/"
        )
        assert (link or picture).startswith(start)
        assert (ROOT / (link or picture).removeprefix(start).partition("#")[0]).is_file()


def test_the_wheel_works_with_numpy_alone(python: Path, tmp_path: Path) -> None:
    out = run(python, "-I", "-c", USE, folder=tmp_path).splitlines()
    assert out[0] == "[[[9.0, 9.0], [9.0, 9.0]]]"
    assert out[1] == "(64, 3, 11, 11)"
    assert Path(out[2]).is_relative_to(python.parents[1])


def test_the_wheel_s_examples_and_figures_run(python: Path, tmp_path: Path) -> None:
    """The package's doctests, from the wheel, with everything else that is installed here."""
    packages = next(python.parents[1].glob("lib/python*/site-packages"))
    (packages / "others.pth").write_text(f"{Path(numpy.__file__).parents[1]}\n", "utf-8")
    code = (
        "import sys, pytest, cnnbook; print(cnnbook.__file__);"
        "from cnnbook.widgets import ConvolutionExplorer;"
        "assert 'svg' in ConvolutionExplorer().html(); assert ConvolutionExplorer()._esm;"
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-o', "
        "'doctest_optionflags=NORMALIZE_WHITESPACE', '--doctest-modules', '--pyargs', 'cnnbook']))"
    )
    out = run(python, "-I", "-c", code, folder=tmp_path)
    assert Path(out.splitlines()[0]).is_relative_to(python.parents[1])
    assert re.search(r"\d{2,} passed", out)
    (packages / "others.pth").unlink()


def test_the_citation_names_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == VERSION
    assert {"title", "authors", "license", "message", "date-released"} <= set(citation)
