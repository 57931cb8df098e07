"""The photographs of the book."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ._arguments import as_array


def cat() -> npt.NDArray[np.uint8]:
    """Return the book's photograph: Chelsea the cat, in colour.

    Returns
    -------
    numpy.ndarray
        Height × width × channel = 300 × 451 × 3, RGB, 8 bits a channel. A new array at each call.

    Notes
    -----
    Photograph by Stéfan van der Walt, CC0, shipped with scikit-image as ``skimage.data.cat()``.

    Examples
    --------
    >>> cat().shape
    (300, 451, 3)
    """
    from skimage import data

    return np.array(data.cat())  # type: ignore[no-untyped-call]


def grey(image: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return a colour photograph as one channel of luminance between 0 and 1.

    The weights 0.2125, 0.7154 and 0.0721 are those of ITU-R BT.709: the eye takes green for
    brighter than blue.

    Parameters
    ----------
    image
        Height × width × 3, RGB; integers from 0 to 255, or floats from 0 to 1.

    Returns
    -------
    numpy.ndarray
        Height × width, from 0 (black) to 1 (white).

    Raises
    ------
    ValueError
        If `image` does not have the axes height × width × 3, or a number is out of range.
    TypeError
        If its numbers are neither integers nor floats.

    Examples
    --------
    >>> grey([[[255, 0, 0], [255, 255, 255]]]).round(4)
    array([[0.2125, 1.    ]])
    >>> grey([[[255.0, 0.0, 0.0]]])
    Traceback (most recent call last):
        ...
    ValueError: image of dtype float64 must hold numbers from 0 to 1, but one is 255.0
    """
    array = as_array("image", image)
    if array.ndim != 3 or array.shape[2] != 3:
        raise ValueError(
            f"image must have the axes height × width × 3, but its shape is {array.shape}"
        )
    if array.dtype.kind not in "iuf":
        raise TypeError(f"image must hold integers or floats, but its dtype is {array.dtype}")
    white = 1 if array.dtype.kind == "f" else 255
    outside = array[~((array >= 0) & (array <= white))]  # NaN is outside, too
    if outside.size:
        raise ValueError(
            f"image of dtype {array.dtype} must hold numbers from 0 to {white}, "
            f"but one is {outside[0]}"
        )
    return np.asarray(array @ np.array([0.2125, 0.7154, 0.0721]) / white)
