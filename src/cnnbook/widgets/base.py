"""What every interactive figure has in common: one ES module, its traits, and a picture of it.

In Jupyter, anywidget runs the module with Python on the other end. A page of the built book gets
:meth:`Widget.html` instead: the figure's first state, and a picture for readers without JavaScript
and for paper, which the site's host replaces by the running module.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import anywidget
import numpy as np
import traitlets

from cnnbook.figures.palette import DARK, LIGHT

from .generated import MODULES

STATIC = Path(__file__).parent / "static"

_Choice = TypeVar("_Choice")

_IMPORT = re.compile(r'from "\./([\w-]+)\.mjs"')


class Widget(anywidget.AnyWidget):
    """Base of the interactive figures.

    A subclass names its `module`, declares the traits that make up its state, and draws it.

    Raises
    ------
    traitlets.TraitError
        If a trait's value is out of range, or the values do not go together; the message names the
        trait, its value and the reason.
    """

    #: The name of the figure's module in ``static/``, without its ending.
    module: ClassVar[str]

    def __init__(self, **traits: Any) -> None:
        unknown = sorted(set(traits) - set(self.trait_names()))
        if unknown:
            own = ", ".join(self._own())
            raise traitlets.TraitError(
                f"{type(self).__name__} has no {', '.join(unknown)}; it has {own}"
            )
        super().__init__(**traits)

    @property
    def _esm(self) -> str:
        return assemble(self.module)

    @property
    def _css(self) -> str:
        return style()

    def state(self) -> dict[str, Any]:
        """Return the figure's own traits by name, as JSON can hold them."""
        return {name: plain(getattr(self, name)) for name in self._own()}

    def _own(self) -> list[str]:
        """Names of the traits that make up the state."""
        inherited = set(anywidget.AnyWidget.class_trait_names())
        return [
            name
            for name in sorted(self.trait_names(sync=True))
            if name not in inherited and not name.startswith("_")
        ]

    def still(self) -> str:
        """Return the figure's state as one `<svg>` with alternative text."""
        raise NotImplementedError

    def measures(self) -> dict[str, int]:
        """Return sizes by which the style sheet keeps room for the running figure, such as rows."""
        return {}

    def html(self) -> str:
        """Return the figure as a built page holds it: its state, and the picture of it."""
        state = escape(json.dumps(self.state(), separators=(",", ":")), quote=True)
        room = "".join(f"--{name}:{value};" for name, value in self.measures().items())
        return (
            f'<figure class="cnnbook-figure" data-widget="{self.module}" style="{room}" '
            f'data-state="{state}"><div class="cnnbook-still">{self.still()}</div></figure>'
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**bundle, "text/html": self.html()}, metadata


if TYPE_CHECKING:
    Trait = traitlets.TraitType
else:

    class Trait(traitlets.TraitType):
        """Base of the book's own traits, whose types are for the type checker alone."""

        def __class_getitem__(cls, types: object) -> type:
            # Colab's kernel has loaded traitlets 5.7 before a notebook installs anything, and that
            # knows no subscripts.
            return cls


class Whole(Trait[int, Any]):
    """A whole number in a range, NumPy's included; True is none.

    Parameters
    ----------
    default
        The first value.
    minimum, maximum
        The range.
    """

    def __init__(self, default: int, minimum: int, maximum: int) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(default_value=default)
        self.tag(sync=True)

    def info(self) -> str:
        """Return what is expected."""
        return f"a whole number from {self.minimum} to {self.maximum}"

    def validate(self, obj: Any, value: Any) -> int:
        """Return the value as an int, or raise a TraitError."""
        if is_whole(value, self.minimum, self.maximum):
            return int(value)
        if self.name is None:  # of a list's entry, the list says more
            self.error(obj, value)
        raise traitlets.TraitError(f"{self.name} must be {self.info()}, but got {value!r}")


class Choice(Trait[Any, Any]):
    """One of a few words or numbers.

    Parameters
    ----------
    choices
        What can be chosen.
    default
        The first value.
    """

    def __init__(self, choices: Iterable[Any], default: Any) -> None:
        self.choices = list(choices)
        super().__init__(default_value=default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the choice, or raise a TraitError."""
        # An array would be compared with each choice number by number.
        if np.isscalar(value) and value in self.choices:
            return self.choices[self.choices.index(value)]
        names = ", ".join(map(str, self.choices))
        raise traitlets.TraitError(f"{self.name} must be one of {names}, but got {briefly(value)}")


class Pair(Trait[tuple[int, int], Any]):
    """A whole number for both axes, or a pair (vertical, horizontal); the value is the pair.

    Parameters
    ----------
    default
        The first value.
    minimum, maximum
        The range of each number.
    """

    def __init__(self, default: int | tuple[int, int], minimum: int, maximum: int) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(default_value=(default, default) if isinstance(default, int) else default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> tuple[int, int]:
        """Return the value as a pair, or raise a TraitError."""
        both = value if isinstance(value, tuple | list) else (value, value)
        if len(both) != 2 or not all(is_whole(n, self.minimum, self.maximum) for n in both):
            raise traitlets.TraitError(
                f"{self.name} must be a whole number from {self.minimum} to {self.maximum}, "
                f"or a pair of them, but got {value!r}"
            )
        return int(both[0]), int(both[1])


class Plane(Trait[list[list[float]], Any]):
    """Numbers in rows of equal length: nested lists, or an array; the value is nested lists.

    Parameters
    ----------
    default
        The first value.
    largest_side
        How many rows, and how many columns, there may be.
    largest
        The largest absolute value of a number.
    """

    def __init__(
        self, default: Iterable[Iterable[float]], largest_side: int, largest: float
    ) -> None:
        self.largest_side, self.largest = largest_side, largest
        super().__init__(default_value=[list(row) for row in default])
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> list[list[float]]:
        """Return the value as nested lists of plain numbers, or raise a TraitError."""
        try:
            rows = [[_number(entry) for entry in row] for row in value]
        except (OverflowError, TypeError, ValueError):  # of 10**400, of None and of "a"
            rows = []
        sides = {len(row) for row in rows}
        if len(sides) != 1 or not 1 <= len(rows) <= self.largest_side:
            self._refuse(value)
        if not 1 <= sides.pop() <= self.largest_side:
            self._refuse(value)
        if any(not abs(entry) <= self.largest for row in rows for entry in row):
            self._refuse(value)
        return rows

    def _refuse(self, value: object) -> None:
        raise traitlets.TraitError(
            f"{self.name} must be rows of equal length, at most {self.largest_side} × "
            f"{self.largest_side} numbers from −{self.largest:g} to {self.largest:g}, "
            f"but got {briefly(value)}"
        )


def is_whole(value: object, minimum: int, maximum: float) -> bool:
    """Tell whether a value is a whole number in a range, NumPy's included; True and 3.0 are none.

    >>> is_whole(3, 1, 8), is_whole(np.int64(3), 1, 8), is_whole(True, 1, 8), is_whole(9, 1, 8)
    (True, True, False, False)
    """
    return (
        isinstance(value, int | np.integer)
        and not isinstance(value, bool)
        and minimum <= int(value) <= maximum
    )


def chosen(name: str, key: object, choices: Mapping[str, _Choice]) -> _Choice:
    """Return one of some choices by its key, or raise a TraitError.

    >>> chosen("preset", "blur", {"identity": 1, "blur": 9})
    9
    """
    if not isinstance(key, str) or key not in choices:
        raise traitlets.TraitError(
            f"{name} must be one of {', '.join(choices)}, but got {briefly(key)}"
        )
    return choices[key]


def briefly(value: object) -> str:
    """Return what an error shows of a value: of many numbers the first ones and the shape.

    >>> briefly(5), briefly([[1, 2], [3, 4]])
    ('5', '[[1, 2], [3, 4]]')
    >>> briefly(np.zeros((40, 40)).tolist())
    '[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0… of shape (40, 40)'
    """
    text = " ".join(repr(value).split())
    if len(text) <= 60:
        return text
    try:
        shape = np.shape(value)  # type: ignore[call-overload]
    except ValueError:  # rows of different lengths
        shape = ()
    return f"{text[:40]}…" + (f" of shape {shape}" if shape else "")


def source(module: str) -> str:
    """Return the source of a module, from its file or as it is generated."""
    make = MODULES.get(module)
    return make() if make else (STATIC / f"{module}.mjs").read_text("utf-8")


def modules() -> list[str]:
    """Return the names of all modules."""
    return sorted([*MODULES, *(path.stem for path in STATIC.glob("*.mjs"))])


def rules() -> str:
    """Return the style sheet of all figures: what they share, then each figure's own."""
    shared = STATIC / "widgets.css"
    own = sorted(set(STATIC.glob("*.css")) - {shared})
    return "\n".join(path.read_text("utf-8") for path in (shared, *own))


@cache
def assemble(module: str) -> str:
    r"""Return a module's source with the modules that it imports inside, for hosts of one file.

    >>> "from \"./" in assemble("convolution-explorer")
    False
    """

    def inline(match: re.Match[str]) -> str:
        imported = base64.b64encode(assemble(match[1]).encode()).decode()
        return f'from "data:text/javascript;base64,{imported}"'

    return _IMPORT.sub(inline, source(module))


def style() -> str:
    """Return the figures' style sheet with the book's colours, which Jupyter does not know."""
    dark = 'body[data-jp-theme-light="false"] .cnnbook-live, body.vscode-dark .cnnbook-live'
    return f".cnnbook-live {{{_colors(LIGHT)}}}\n{dark} {{{_colors(DARK)}}}\n{rules()}"


def _colors(palette: dict[str, str]) -> str:
    return " ".join(f"--c-{role}: {code};" for role, code in palette.items())


def _number(entry: Any) -> float:
    if isinstance(entry, bool | str):
        raise TypeError
    number = float(entry)
    return int(number) if number.is_integer() else number


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: arrays and tuples as lists.

    >>> plain((np.int64(2), np.eye(2)))
    [2, [[1.0, 0.0], [0.0, 1.0]]]
    """
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [plain(entry) for entry in value] if isinstance(value, tuple | list) else value
