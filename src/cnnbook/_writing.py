"""How numbers are written in drawings and in the texts that describe them; without Matplotlib."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def format_number(number: float, decimals: int = 2) -> str:
    """Return a number as a cell shows it: no trailing zeros, and a true minus sign.

    Parameters
    ----------
    number
        Any number.
    decimals
        Digits after the point to which it is rounded.

    Returns
    -------
    str
        The same text that alternative texts use.

    Examples
    --------
    >>> format_number(-3.0), format_number(0.5), format_number(1 / 3), format_number(-0.0)
    ('−3', '0.5', '0.33', '0')
    >>> format_number(1185921.0), format_number(0.125, decimals=3)
    ('1185921', '0.125')
    """
    # Fifteen digits are what every float keeps; fewer would cut large numbers.
    return f"{round(float(number), decimals) + 0.0:.15g}".replace("-", "−")


def in_brackets(number: float) -> str:
    """Return a number as it stands behind a sign: in brackets if it has one of its own.

    Examples
    --------
    >>> in_brackets(3), in_brackets(-3)
    ('3', '(−3)')
    """
    text = format_number(number)
    return f"({text})" if text.startswith("−") else text


def as_sum(numbers: Iterable[float]) -> str:
    """Return numbers as the terms of a sum, a negative one behind a minus.

    Examples
    --------
    >>> as_sum([1, 2, -3])
    '1 + 2 − 3'
    """
    first, *others = map(format_number, numbers)
    return first + "".join(
        f" − {text[1:]}" if text.startswith("−") else f" + {text}" for text in others
    )


def quantity(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> quantity(1, "pixel"), quantity(0, "zero")
    ('1 pixel', '0 zeros')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def in_words(matrix: npt.ArrayLike, decimals: int = 2) -> str:
    """Return a matrix as a sentence's part, for alternative texts.

    Parameters
    ----------
    matrix
        Height × width.
    decimals
        Digits after the point to which its numbers are rounded.

    Returns
    -------
    str
        Its rows, with commas between them.

    Examples
    --------
    >>> in_words([[1, 0], [-2, 3]])
    '1 0, −2 3'
    """
    rows: Iterable[npt.NDArray[np.float64]] = np.asarray(matrix, dtype=float)
    return ", ".join(" ".join(format_number(number, decimals) for number in row) for row in rows)
