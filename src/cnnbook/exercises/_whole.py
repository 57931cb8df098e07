"""Read whole numbers, and pairs of them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ._exercise import Values, WrongType, kind, refuse_none


def read_whole(value: Any) -> Values:
    """Return a whole number, or a pair of them, as an array.

    >>> read_whole((3, 4))
    (array([3., 4.]),)
    """
    if isinstance(value, tuple | list) or getattr(value, "ndim", 0) == 1:
        return (np.array([_whole(number) for number in value], np.float64),)
    return (np.array(_whole(value), np.float64),)


def _whole(value: Any) -> float:
    refuse_none(value)
    if isinstance(value, bool | np.bool_):
        raise WrongType(f"{value!r}, not a number")
    try:
        return float(operator.index(value))
    except OverflowError:
        raise WrongType("a whole number of more than 300 digits") from None
    except TypeError:
        hint = ""
        if isinstance(value, float | np.floating) and float(value).is_integer():
            hint = ": a count is a whole number, an int. The division / gives a float, // does not"
        raise WrongType(f"{kind(value)}, {str(value)[:40]}{hint}") from None
