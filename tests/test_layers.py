"""Who may import whom: the package's layers, as a table that every module is held to."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import cnnbook

ROOT = Path(cnnbook.__file__).parent

#: What a module may import of the package, wherever in its code; each line names lines above it. A
#: folder's line is for all of its modules, which may import each other as well.
MAY_IMPORT = {
    "_arguments": "",
    "_writing": "",
    "kernels": "_arguments",
    "sizes": "_arguments kernels",
    "counts": "_arguments",
    "windows": "_arguments kernels sizes",
    "shapes": "kernels sizes counts windows",
    "_layer": "_arguments kernels windows",
    "conv_backward": "_arguments _layer",
    "conv_im2col": "_arguments _layer kernels sizes",
    "convolution": "_arguments _layer sizes conv_backward conv_im2col",
    "_pool_layer": "_arguments sizes windows",
    "pool_backward": "_arguments _pool_layer",
    "pooling": "_arguments _pool_layer pool_backward",
    "receptive_field": "_arguments",
    "_table": "receptive_field",
    "_trace": "receptive_field",
    "summary": "_arguments receptive_field _table _trace",
    "filters": "_arguments",
    "images": "_arguments",
    "_checkpoints": "",
    "_safetensors": "",
    "pretrained": "_arguments _checkpoints _safetensors",
    "cnnbook": "shapes convolution pooling receptive_field summary filters pretrained",
    "exercises": "_arguments _layer shapes convolution pooling receptive_field",
    "figures": "_writing shapes convolution summary",
    # The colours are the same everywhere, but widgets draw in the browser, not with Matplotlib.
    "widgets": (
        "_arguments _writing shapes convolution pooling receptive_field images pretrained "
        "figures.palette"
    ),
}

#: What a module may load of other packages as soon as it is imported; NumPy is allowed everywhere.
#: The others are imported by the functions that need them.
MAY_LOAD = {
    "_trace": "torch",  # which `summary` imports when it is called
    "figures": "matplotlib",
    "widgets": "anywidget traitlets",
}


def _name(path: Path) -> str:
    """Return a module's name below the package: `figures.palette`; a folder's for `__init__.py`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "cnnbook"


MODULES = {_name(path): path for path in ROOT.rglob("*.py")}


def line_of(module: str) -> str:
    """Return which line of the table a module stands in: its folder's, if it has one."""
    return module.partition(".")[0]


def imports(module: str, *, when_called: bool = True) -> Iterator[str]:
    """Yield the full names that a module imports; inside functions only if `when_called`."""
    path = MODULES[module]
    tree = ast.parse(path.read_text("utf-8"))
    folder = ("cnnbook", *path.relative_to(ROOT).parent.parts)
    for node in ast.walk(tree) if when_called else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else ()
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:  # a module out of a folder, or a name out of a module
                inner = f"{source}.{alias.name}"
                yield inner if inner.removeprefix("cnnbook.") in MODULES else source


def own_imports(module: str) -> set[str]:
    """Return which modules of the package a module imports, by their names below it."""
    names = set(imports(module))
    return {name.removeprefix("cnnbook.") for name in names if name.split(".")[0] == "cnnbook"}


def test_the_reader_of_imports_sees_all_kinds() -> None:
    assert own_imports("figures.photos") >= {"figures.palette", "_writing"}  # from . and ..x import
    assert own_imports("widgets.photo") >= {"figures.palette", "images"}  # from cnnbook.x import
    assert "torch" in imports("receptive_field")  # inside a function
    assert "torch" not in imports("receptive_field", when_called=False)


def test_each_line_of_the_table_names_lines_above_it() -> None:
    lines = list(MAY_IMPORT)
    for place, line in enumerate(lines):
        assert {line_of(name) for name in MAY_IMPORT[line].split()} <= set(lines[:place]), line
    assert set(lines) == {line_of(module) for module in MODULES}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_run_down_the_table(module: str) -> None:
    line = line_of(module)
    others = {name for name in own_imports(module) if line_of(name) != line}
    assert others <= set(MAY_IMPORT[line].split())


def test_no_module_imports_itself_in_a_circle() -> None:
    TopologicalSorter({module: own_imports(module) for module in MODULES}).prepare()


@pytest.mark.parametrize("module", sorted(MODULES))
def test_heavy_packages_are_loaded_where_they_are_needed(module: str) -> None:
    loaded = {name.split(".")[0] for name in imports(module, when_called=False)}
    allowed = {"cnnbook", "numpy", *MAY_LOAD.get(line_of(module), "").split()}
    assert loaded - set(sys.stdlib_module_names) <= allowed
