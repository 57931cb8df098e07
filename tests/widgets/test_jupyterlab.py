"""The figures in a real JupyterLab: a reader in Chromium on one end, Python on the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from tests.lab import TOKEN, Kernel, jupyterlab, kernel, own_environment, run_all

from cnnbook import widgets

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIGURES = {name: getattr(widgets, name).module for name in widgets.__all__ if name != "Predict"}
#: A cell for each figure; a question needs its numbers.
CELLS = {name: f"{name}()" for name in FIGURES}
CELLS["Predict"] = 'Predict("output size", input_size=9, kernel_size=3, again=False)'

#: By figure: a trait that a labelled control changes, the control, what is typed, and what Python
#: then reads; and what Python sets afterwards, and what the control then shows.
CHANGES: dict[str, tuple[str, str, str, Any, Any, str]] = {
    "ConvolutionExplorer": ("stride", "Stride S", "2", [2, 2], 3, "3"),
    "VolumeExplorer": ("stride", "Stride S", "1", [1, 1], 3, "3"),
    "PoolingExplorer": ("kernel_size", "Window size F", "3", [3, 3], 4, "4"),
    "ReceptiveFieldExplorer": ("input_size", "Input size N", "14", 14, 16, "16"),
    "KernelLab": ("divisor", "Divide by", "3", 3, 5, "5"),
    "LayerCalculator": ("input_shape", "Input height", "40", [3, 40, 32], [3, 36, 32], "36"),
    "FilterBrowser": ("filter", "Filter", "7", 7, 9, "9"),
    "ChannelMixer": ("position", "Row", "20", [20, 260], [30, 260], "30"),
}


@dataclass
class Lab:
    """A running JupyterLab, a notebook that shows every figure, and the notebook's kernel."""

    page: Page
    kernel: Kernel
    errors: list[str]

    def figure(self, name: str) -> Any:
        cell = self.page.locator(f".jp-CodeCell:has-text('a_{name} = {name}(')")
        cell.scroll_into_view_if_needed()
        found = cell.locator(".cnnbook-live")
        found.wait_for(timeout=60_000)
        return found


def _notebook(folder: Path) -> None:
    cells = [nbformat.v4.new_code_cell("from cnnbook.widgets import *")]
    cells += [
        nbformat.v4.new_code_cell(f"a_{name} = {call}\na_{name}") for name, call in CELLS.items()
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "figures.ipynb")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a JupyterLab with settings of its own, and its environment."""
    folder = tmp_path_factory.mktemp("lab")
    _notebook(folder)
    environment = own_environment(folder, Path(sys.executable).parent)
    with jupyterlab(folder, environment, folder / "log") as address:
        yield address, environment


@pytest.fixture(scope="module")
def lab(browser: Browser, server: tuple[str, dict[str, str]]) -> Iterator[Lab]:
    address, environment = server
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/lab/tree/figures.ipynb?token={TOKEN}")
    run_all(page)
    with kernel(environment) as python:
        yield Lab(page, python, errors)
    context.close()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_and_python_follow_each_other(lab: Lab, name: str) -> None:
    trait, label, typed, read, later, shown = CHANGES[name]
    control = lab.figure(name).get_by_label(label, exact=True)
    control.fill(typed)
    control.press("Tab")
    lab.kernel.wait_for(f"a_{name}.{trait}", read)
    lab.kernel.run(f"a_{name}.{trait} = {later!r}")
    lab.page.wait_for_function(
        "([control, text]) => (control.value ?? control.textContent) === text",
        arg=[control.element_handle(), shown],
        timeout=60_000,
    )
    assert lab.errors == []


def test_python_reads_an_answer(lab: Lab) -> None:
    figure = lab.figure("Predict")
    box = figure.get_by_role("textbox")
    box.fill("6")
    box.press("Enter")
    lab.kernel.wait_for("[a_Predict.answer, a_Predict.solved]", ["6", False])
    box.fill("7")
    box.press("Enter")
    lab.kernel.wait_for("[a_Predict.answer, a_Predict.solved]", ["7", True])
    assert lab.errors == []


def test_a_wrong_value_raises_in_the_notebook(lab: Lab) -> None:
    said = lab.kernel.run("a_ConvolutionExplorer.stride = 0")
    assert "TraitError" in said
    assert "stride must be a whole number from 1 to 8" in said
    assert lab.kernel.run("print(a_ConvolutionExplorer.stride[0] >= 1)") == "True"
