"""What a kind of question is: its words, and how its answer and its known mistakes are computed.

The words stand here once. Python writes them into a page when the book is built, and
``static/predict.mjs`` when the reader draws new numbers; only the arithmetic is there twice, as
``static/questions.mjs``, and the tests compare both.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from cnnbook._arguments import integer

#: A sentence in parts. A part that names a value which is absent or None is left out.
Text = tuple[str, ...]

#: A number, a fraction such as "7/3", a shape, or "unfit", which the reader says in words.
Value = int | float | str | list[int] | None

#: The axes of a volume, each layout in its own order; the values are (depth, height, width).
LAYOUTS: dict[str, tuple[int, ...]] = {
    "height×width×depth": (1, 2, 0),
    "(C, H, W)": (0, 1, 2),
}

#: What is counted in a question, whatever its kind, and the least that it can be.
_LEAST = {
    "in_channels": 1,
    "mid_channels": 1,
    "out_channels": 1,
    "out_features": 1,
    "kernel_size": 1,
    "padding": 0,
    "dilation": 1,
    "row": 0,
    "column": 0,
}

_PLACE = re.compile(r"\{(\w+)(\|[^{}]*)?\}")


@dataclass(frozen=True)
class Kind:
    """A kind of question.

    Attributes
    ----------
    compute
        Takes the question's numbers by name and returns the values that the texts name: "answer",
        a wrong answer for each of the `mistakes`, and others. A mistake that cannot be made with
        these numbers is None.
    question
        Its words: placeholders such as ``{stride}`` stand for numbers and values,
        ``{stride|pixel|pixels}`` for the word that goes with one or more.
    answer
        What the reader types: "size" (a number, or that it does not fit), "count" (a whole number),
        "number", "volume" (a shape in one of the `LAYOUTS`), or the names of a shape's axes.
    why
        The sentence that follows the right answer.
    mistakes
        By name, the reply to each known mistake.
    hints
        For any other wrong answer, one after the other.
    solution
        The worked arithmetic, a line each, as far as `why`, which follows it, does not say it.
    tables
        Numbers that are shown as grids: by caption, their name and the role of their colour.
    """

    compute: Callable[..., dict[str, Value]]
    question: Text
    answer: str
    why: Text
    mistakes: Mapping[str, Text]
    hints: tuple[Text, Text]
    solution: tuple[Text, ...]
    tables: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def needs(self) -> list[str]:
        """The names of the numbers without which there is no question."""
        numbers = inspect.signature(self.compute).parameters.values()
        return [number.name for number in numbers if number.default is number.empty]

    @property
    def defaults(self) -> dict[str, Any]:
        """The other numbers that `compute` takes, as they are if they are left out."""
        numbers = inspect.signature(self.compute).parameters.values()
        return {
            number.name: number.default for number in numbers if number.default is not number.empty
        }

    def texts(self) -> dict[str, Any]:
        """Return everything but the arithmetic, as the page needs it."""
        words = {name: value for name, value in vars(self).items() if name != "compute"}
        return {**words, "needs": self.needs, "defaults": self.defaults}

    def values(self, numbers: Mapping[str, Any], axes: str) -> dict[str, Any]:
        """Return the numbers and what `compute` makes of them; what is None is left out.

        `axes` is one of the `LAYOUTS`. Of a shape, "order" is what it looks like to who reads the
        other layout. A ValueError or a TypeError names the number that cannot be.
        """
        for name, number in numbers.items():
            if name in _LEAST:
                integer(name, number, _LEAST[name])
        values = {**numbers, "axes": axes, **self.compute(**numbers)}
        if self.answer == "volume" and values["answer"] is not None:
            values["order"] = _in_other_order(values["answer"], axes)
        return {name: value for name, value in values.items() if value is not None}


def _in_other_order(shape: list[int], axes: str) -> list[int] | None:
    (other,) = (order for name, order in LAYOUTS.items() if name != axes)
    typed = dict(zip(LAYOUTS[axes], (shape[axis] for axis in other), strict=True))
    result = [typed[axis] for axis in range(3)]
    return None if result == shape else result


def fill(text: Text, values: Mapping[str, Any]) -> str:
    """Return a text with its values put in.

    >>> fill(("A {size}×{size} input", ", stride {stride}", "."), {"size": 1024})
    'A 1,024×1,024 input.'
    >>> values = {"rows": 1, "shape": [3, 5, 7], "axes": "(C, H, W)"}
    >>> fill(("{rows} {rows|row|rows} of {shape}",), values)
    '1 row of (3, 5, 7)'
    """

    def put(match: re.Match[str]) -> str:
        value = values[match[1]]
        if match[2] is None:
            return show(value, values.get("axes", ""))
        one, *more = match[2][1:].split("|")
        return one if value == 1 else "".join(more)

    return "".join(_PLACE.sub(put, part) for part in text if placeholders(part).issubset(values))


def placeholders(text: str) -> set[str]:
    """Return the names that a part of a text puts in.

    >>> sorted(placeholders("{stride} {stride|pixel|pixels} of {size}"))
    ['size', 'stride']
    """
    return {match[1] for match in _PLACE.finditer(text)}


def show(value: Any, axes: str = "") -> str:
    """Return a value as a sentence shows it; a volume's shape in one of the `LAYOUTS`.

    >>> show(1792), show(-0.25), show([3, 5, 7], "height×width×depth")
    ('1,792', '−0.25', '5×7×3')
    """
    if isinstance(value, list):
        is_volume = len(value) == 3 and axes in LAYOUTS
        sizes = [str(value[axis]) for axis in LAYOUTS[axes]] if is_volume else map(str, value)
        return "×".join(sizes) if is_volume and "×" in axes else f"({', '.join(sizes)})"
    if isinstance(value, float):
        value = round(value, 3)
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text.replace("-", "−")


def exactly(number: Fraction | float) -> Value:
    """Return a number as an int, or as a float or the text of a fraction if it is not whole.

    >>> exactly(Fraction(6, 2)), exactly(2.25), exactly(Fraction(7, 3))
    (3, 2.25, '7/3')
    """
    if isinstance(number, Fraction):
        return int(number) if number.denominator == 1 else str(number)
    return int(number) if float(number).is_integer() else float(number)
