"""What the package loads when it is imported, and what it says about its public names."""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.run import run

import cnnbook
from cnnbook import figures, images


def test_importing_the_package_loads_neither_pytorch_nor_matplotlib() -> None:
    check = (
        "import sys, cnnbook; "
        "print([m for m in ('torch', 'matplotlib', 'skimage', 'scipy') if m in sys.modules])"
    )
    assert run(sys.executable, "-c", check) == "[]\n"


# The images stand apart, since they load scikit-image; the figures, since they load Matplotlib.
PUBLIC = [getattr(cnnbook, name) for name in cnnbook.__all__] + [images.cat, images.grey]
FUNCTIONS = [thing for thing in PUBLIC if inspect.isfunction(thing)]
FIGURES = [
    function
    for module in pkgutil.iter_modules(figures.__path__, "cnnbook.figures.")
    for name, function in vars(importlib.import_module(module.name)).items()
    if inspect.isfunction(function) and function.__module__ == module.name and name[0] != "_"
]


def has_section(thing: object, title: str) -> bool:
    return f"\n{title}\n{'-' * len(title)}\n" in (inspect.getdoc(thing) or "")


def takes_arguments(function: Callable[..., Any]) -> bool:
    return bool(inspect.signature(function).parameters)


@pytest.mark.parametrize("thing", PUBLIC, ids=lambda thing: thing.__name__)
def test_every_public_name_is_shown_at_work(thing: object) -> None:
    assert has_section(thing, "Examples")
    assert ">>> " in (inspect.getdoc(thing) or "")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_every_public_function_says_what_it_takes_gives_and_refuses(
    function: Callable[..., Any],
) -> None:
    assert has_section(function, "Returns")
    if takes_arguments(function):
        assert has_section(function, "Parameters")
        assert has_section(function, "Raises")


@pytest.mark.parametrize("function", FIGURES, ids=lambda function: function.__qualname__)
def test_every_figure_says_what_it_takes_and_gives(function: Callable[..., Any]) -> None:
    assert not takes_arguments(function) or has_section(function, "Parameters")
    assert has_section(function, "Returns") or function.__annotations__["return"] == "None"
    assert has_section(function, "Raises") or "    raise " not in inspect.getsource(function)


def test_the_figures_were_found() -> None:
    assert {"stepper", "sheet", "line_windows"} <= {function.__name__ for function in FIGURES}
