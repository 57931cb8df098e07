"""Checks of arguments that all layers share.

An error names the argument, its value and the reason.
"""

from __future__ import annotations

import operator
from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

IntOrPair = int | tuple[int, int]
Array = npt.NDArray[Any]

FLOATS = ("float32", "float64")
NUMBERS = ("int32", "int64", *FLOATS)


def integer(name: str, value: object, minimum: int | None = 0) -> int:
    """Return `value` as an int of at least `minimum`; floats and bools are refused.

    >>> integer("stride", np.int64(2), minimum=1)
    2
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer, but got {value!r}") from None
    if minimum is not None and number < minimum:
        raise ValueError(f"{name} must be at least {minimum}, but got {value!r}")
    return number


def pair(name: str, value: object, minimum: int = 0) -> tuple[int, int]:
    """Return an int, or a pair (vertical, horizontal) of them, as a pair.

    As in PyTorch, a tuple of one number stands for both, and an array for neither.

    >>> pair("stride", 2), pair("stride", (2, 1)), pair("stride", (2,))
    ((2, 2), (2, 1), (2, 2))
    """
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError(f"{name} must be an integer or a tuple of two, but got {value!r}")
    if not is_pair(value):
        number = integer(name, value, minimum)
        return number, number
    numbers: Any = value
    if len(numbers) not in (1, 2):
        raise ValueError(f"{name} must be an integer or a pair of them, but got {value!r}")
    checked = [integer(name, number, minimum) for number in numbers]
    return checked[0], checked[-1]


def size_pair(name: str, value: object) -> tuple[int, int]:
    """Return a size in pixels as a pair; a tuple of one is refused, for it is the size of a row.

    >>> size_pair("size", 32), size_pair("size", (32, 64))
    ((32, 32), (32, 64))
    """
    if isinstance(value, tuple | list) and len(value) == 1:
        raise ValueError(f"{name} must be an integer or a pair of them, but got {value!r}")
    return pair(name, value, 1)


def is_pair(value: object) -> bool:
    """Tell whether an argument was given for each axis rather than as one number for both."""
    return isinstance(value, tuple | list)


def flag(name: str, value: object) -> bool:
    """Return `value` if it is True or False: a number here is mostly an argument one place off."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, but got {value!r}")
    return bool(value)


def as_array(name: str, value: npt.ArrayLike) -> Array:
    """Return `value` as an array (not a copy), of any shape and type.

    >>> as_array("kernel", [[1, 2], [3]])
    Traceback (most recent call last):
        ...
    ValueError: kernel must be a block of numbers, but its rows differ in length
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name} must not be a masked array, for its mask would be lost; "
            f"fill it first, for example with {name}.filled(0)"
        )
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name} must be a block of numbers, but its rows differ in length"
        ) from None


def array(name: str, value: npt.ArrayLike, axes: Collection[str]) -> Array:
    """Return `value` as an array (not a copy) that has the named axes.

    >>> array("kernel", [[1.0, 2.0]], ("height", "width")).shape
    (1, 2)
    """
    result = as_array(name, value)
    if result.ndim != len(axes):
        raise ValueError(
            f"{name} must have the axes {' × '.join(axes)}, but its shape is {result.shape}"
        )
    if 0 in result.shape:
        raise ValueError(f"{name} has no numbers: its shape is {result.shape}")
    return result


def images(name: str, value: npt.ArrayLike, dtypes: Collection[str]) -> Array:
    """Return batch × channels × height × width; an array of three axes gets a batch of one.

    The batch may be empty, as in PyTorch; the other axes may not.

    >>> images("input", [[[1.0, 2.0]]], FLOATS).shape
    (1, 1, 1, 2)
    """
    result = as_array(name, value)
    if result.ndim not in (3, 4):
        raise ValueError(
            f"{name} must be channels × height × width, with or without a batch axis before them, "
            f"but its shape is {result.shape}"
        )
    if 0 in result.shape[-3:]:
        raise ValueError(f"{name} has no pixels: its shape is {result.shape}")
    check_dtype(name, result, dtypes)
    return result if result.ndim == 4 else result[np.newaxis]


def like(input: npt.ArrayLike, result: Array) -> Array:
    """Return `result` without its batch axis if `input` came without."""
    return result if np.ndim(input) == 4 else result[0]


def check_dtype(name: str, value: Array, dtypes: Collection[str]) -> None:
    """Refuse data types for which the result would overflow, be cut off or mean something else."""
    if str(value.dtype) not in dtypes:  # the text, not the name, also tells the other byte order
        raise TypeError(
            f"{name} has dtype {value.dtype}, but must be one of {', '.join(dtypes)}; "
            f"convert it first, for example with {name}.astype(np.float64)"
        )


def check_same_dtype(**arrays: Array) -> None:
    """Refuse a mix of data types, as PyTorch does.

    >>> check_same_dtype(input=np.ones(2), weight=np.ones(2, np.float32))
    Traceback (most recent call last):
        ...
    TypeError: the arrays must have the same dtype, but got input float64, weight float32;
    convert them, for example with weight.astype(np.float64)
    """
    types = {name: value.dtype for name, value in arrays.items()}
    if len(set(types.values())) > 1:
        # The widest loses least, and a float nothing of what is not whole.
        widest = max(types.values(), key=lambda t: (t.isnative, t.kind == "f", t.itemsize))
        name = next(name for name in types if types[name] != widest)
        given = ", ".join(f"{name} {dtype}" for name, dtype in types.items())
        raise TypeError(
            f"the arrays must have the same dtype, but got {given}; convert them, "
            f"for example with {name}.astype(np.{widest.name})"
        )


def gradient(
    grad_output: npt.ArrayLike, input: npt.ArrayLike, output_shape: tuple[int, int, int, int]
) -> Array:
    """Return the gradient of an output, with a batch axis, if its shape and type are the output's.

    >>> gradient([[[1.0]]], input=[[[2.0, 3.0]]], output_shape=(1, 1, 1, 1)).shape
    (1, 1, 1, 1)
    """
    X, dV = as_array("input", input), as_array("grad_output", grad_output)
    expected = output_shape if X.ndim == 4 else output_shape[1:]
    if dV.shape != expected:
        raise ValueError(
            f"grad_output must have the output's shape {expected}, but its shape is {dV.shape}"
        )
    check_same_dtype(grad_output=dV, input=X)
    return dV.reshape(output_shape)
