"""What an exercise is made of: calls to try, a reference, and known mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnbook._arguments import Array

_MOST = 10**6
Values = tuple[Array, ...]  # all that a function returns, as arrays of float64


class WrongType(Exception):  # noqa: N818 - says what was returned, nothing failed
    """What a candidate returned cannot be read as numbers."""


@dataclass(frozen=True, eq=False)
class Case:
    """A call with which candidates are tried.

    Attributes
    ----------
    arguments
        By name, in the order of the signature; what has its default value is left out.
    features
        What the call asks for beyond the plainest one: "stride", "channels", ... A mistake is
        looked for in the call with the fewest, and in all calls that ask for nothing more.
    """

    arguments: dict[str, Any]
    features: frozenset[str]

    @property
    def size(self) -> int:
        """How many numbers a reader has to look at."""
        return sum(
            len(value) if isinstance(value, list) else np.size(value)
            for value in self.arguments.values()
        )

    @property
    def is_hard_to_read(self) -> bool:
        """Whether a reader sees little in it.

        A single row or column, a single window that is the whole image, more padding than 1, or
        numbers of many digits.
        """
        planes = [
            value.shape[-2:]
            for value in self.arguments.values()
            if isinstance(value, np.ndarray) and value.ndim > 1
        ]
        padding = self.arguments.get("padding", 0)
        narrow = any(min(plane) < 2 for plane in planes)
        filled = len(planes) > 1 and len(set(planes)) == 1
        large = any(
            isinstance(value, np.ndarray) and bool((np.abs(value) >= 100).any())
            for value in self.arguments.values()
        )
        return narrow or filled or large or bool(np.max(padding) > 1)


@dataclass(frozen=True, eq=False)
class Mistake:
    """A mistake by name, and the functions that make it.

    Attributes
    ----------
    message
        What the numbers are, rather than what the code does: codes differ, numbers do not.
    variants
        Each takes a case's arguments and returns what a function with this mistake would, or raises
        where it would fail. Where any number may stand it has NaN, and some programs fail there; a
        NaN in place of an array stands for any array.
    needs
        A feature that the message speaks of. Where an exercise leaves it out, `instead` is said.
    instead
        The message without that feature; if there is none, the mistake is not looked for then.
    """

    name: str
    message: str
    variants: tuple[Callable[..., Any], ...]
    needs: str = ""
    instead: str = ""

    def said(self, asked: Collection[str]) -> str:
        """Return the message for an exercise that asks for some features; empty if it has none."""
        return self.message if not self.needs or self.needs in asked else self.instead


@dataclass(frozen=True, eq=False)
class Exercise:
    """A function to write, and how to check it.

    Attributes
    ----------
    required
        How many arguments have no default: they are handed over by place, the others by name.
    again
        Calls with other numbers, and larger ones, from a seed. Who is right is tried with these,
        too: they find what depends on chance, on calls before, or on a size.
    read
        Turns what a function returned into arrays, or raises `WrongType`.
    parts
        What to call those arrays.
    exact
        Whether the numbers are whole or halves, so that nothing is rounded.
    work
        The arithmetic of one expected number, given the case, the array's place and the index.
    by_axis
        Whether the arrays' columns are height and width, which a reader who returned one number
        for both sees once.
    """

    name: str
    required: int
    reference: Callable[..., Any]
    cases: tuple[Case, ...]
    again: Callable[[int], tuple[Case, ...]]
    mistakes: tuple[Mistake, ...]
    read: Callable[[Any], Values]
    parts: tuple[str, ...] = ("",)
    exact: bool = False
    work: Callable[[Case, int, tuple[int, ...]], str] = field(default=lambda *_: "")
    by_axis: bool = False

    def restricted(self, without: Iterable[str]) -> tuple[Case, ...]:
        """Return the cases that have none of some features.

        Raises
        ------
        ValueError
            If there is no such feature, or no case is left.
        """
        left_out = set(without)
        known = set().union(*(case.features for case in self.cases))
        if not left_out <= known:
            raise ValueError(
                f"without must name some of {', '.join(sorted(known))} for {self.name}, "
                f"but got {', '.join(sorted(map(str, left_out - known)))}"
            )
        cases = tuple(case for case in self.cases if not case.features & left_out)
        if not cases:
            raise ValueError(f"no call of {self.name} is left without {', '.join(sorted(without))}")
        return cases

    def others(self, without: Iterable[str], seed: int) -> tuple[Case, ...]:
        """Return other cases that have none of some features, perhaps none at all."""
        left_out = set(without)
        return tuple(case for case in self.again(seed) if not case.features & left_out)


def numbers(rng: np.random.Generator, *shape: int, step: float = 1.0, again: bool = False) -> Array:
    """Return numbers of both signs, none of them 0 and, up to 18 of them, no two equal.

    They are multiples of `step`, a power of two, so that float32 holds them exactly. With `again`,
    fractions have all the digits that float32 can hold, so that fewer are not enough.

    >>> chosen = numbers(np.random.default_rng(0), 2, 9, step=0.25)
    >>> np.unique(chosen).size, chosen.min().item(), chosen.max().item()
    (18, -2.25, 2.25)
    """
    if again and step < 1:
        return rng.standard_normal(shape).astype(np.float32).astype(np.float64)
    digits = np.array([*range(-9, 0), *range(1, 10)]) * step
    count = math.prod(shape)
    return rng.choice(digits, count, replace=count > digits.size).reshape(shape)


def with_and_without_batch(case: Case) -> list[Case]:
    """Return the call without its batch axis, if there is only one image, and the call itself."""
    if "images" in case.features:
        return [case]
    single = {
        name: value[0] if name in ("input", "grad_output") else value
        for name, value in case.arguments.items()
    }
    return [Case(single, case.features - {"batch"} | {"unbatched"}), case]


def read_array(value: Any) -> Array:
    """Return a candidate's lists, array or tensor as a new array of float64.

    An array with more than a million numbers is refused before it is copied.

    >>> read_array([[1, 2], [3, 4]])
    array([[1., 2.],
           [3., 4.]])
    """
    refuse_none(value)
    if hasattr(value, "detach"):  # a tensor, perhaps with a gradient or on a GPU
        value = value.detach().cpu()
    try:
        array = np.asarray(value)
    except Exception as error:
        raise WrongType(f"{kind(value)} that is no array: {error}") from error
    if array.size > _MOST:
        raise WrongType(f"{kind(value)} of shape {array.shape}: far more numbers than expected")
    if array.dtype.kind == "c":
        raise WrongType("complex numbers: of the inverse FFT's result, take the real part")
    if array.dtype.kind == "O":  # Fraction, Decimal
        with suppress(Exception):
            array = array.astype(np.float64)
    if array.dtype.kind not in "iuf":
        raise WrongType(f"{kind(value)} that holds no numbers (its dtype is {array.dtype})")
    return array.astype(np.float64)


def refuse_none(value: Any) -> None:
    """Raise `WrongType` for what a function gives back that is not filled in yet."""
    if value is None:
        raise WrongType("None. Is a return missing?")


def read_one(value: Any) -> Values:
    """Return a candidate's only array."""
    return (read_array(value),)


def read_several(*names: str) -> Callable[[Any], Values]:
    """Return a reader of a tuple or list of so many arrays."""

    def read(value: Any) -> Values:
        refuse_none(value)
        if not isinstance(value, tuple | list) or len(value) != len(names):
            count = f" of {len(value)}" if isinstance(value, tuple | list) else ""
            raise WrongType(f"{kind(value)}{count}, not a tuple ({', '.join(names)})")
        return tuple(map(read_array, value))

    return read


def kind(value: object) -> str:
    """Name a value's type, with the article that is spoken before it.

    >>> kind([]), kind(0), kind(np.zeros(2)), kind(np.uint8(0))
    ('a list', 'an int', 'an ndarray', 'a uint8')
    """
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeio' or name == 'ndarray' else 'a'} {name}"
