"""Measurements of filters: whether one is coloured or striped, which way and how finely.

All functions take a convolution's weight, filters × channels × height × width, and return one
number a filter. They look at the power spectrum P of a filter: the squared magnitude of the
Fourier transform of each channel, summed over the channels, at the frequencies (u, v) in cycles a
pixel, u to the right and v downward. The filter is padded with zeros first, which makes the
spectrum finer without changing the filter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ._arguments import as_array

Floats = npt.NDArray[np.float64]
_POINTS = 128  # of the spectrum, per axis


def colourfulness(filters: npt.ArrayLike) -> Floats:
    """Return the share of each filter's energy that is not grey, from 0 (grey) to 1 (pure colour).

    With w the filter and g the mean of its channels at each pixel::

        colourfulness = Σ (w − g)² / Σ w²

    Independent random channels have 1 − 1/C on average: two thirds for RGB.

    Parameters
    ----------
    filters
        Filters × channels × height × width.

    Returns
    -------
    numpy.ndarray
        One number a filter; NaN for a filter of zeros, or with NaN in it.

    Raises
    ------
    ValueError
        If `filters` does not have these four axes.
    TypeError
        If its numbers are not real.

    Examples
    --------
    Red, green and blue of one pixel. Of (3, −1, 1) the grey part is (1, 1, 1), so 3 of 11 is grey.

    >>> pixel = np.array([[1.0, 1.0, 1.0], [3.0, -1.0, 1.0], [1.0, -1.0, 0.0]])
    >>> colourfulness(pixel[:, :, None, None]).round(3)
    array([0.   , 0.727, 1.   ])
    """
    weights = _weights(filters)
    deviation = weights - weights.mean(axis=1, keepdims=True)
    energy = (weights**2).sum((1, 2, 3))
    return np.asarray((deviation**2).sum((1, 2, 3)) / np.where(energy > 0, energy, np.nan))


def orientation(filters: npt.ArrayLike) -> Floats:
    """Return the direction of each filter's stripes or edge, in degrees from 0 to 180.

    0 is horizontal, 90 vertical; 45 rises to the right. Stripes run at right angles to their
    frequency, and a direction is the same after half a turn, so frequencies are averaged at twice
    their angle θ = atan2(v, u), as in the structure tensor::

        m = Σ P · exp(2iθ) / Σ P        orientation = 90° − angle(m) / 2

    over all frequencies but 0. See `orientation_selectivity` for whether the filter has one.

    Parameters
    ----------
    filters
        Filters × channels × height × width.

    Returns
    -------
    numpy.ndarray
        Degrees, one number a filter; NaN for a filter of zeros, or with NaN in it.

    Raises
    ------
    ValueError
        If `filters` does not have these four axes.
    TypeError
        If its numbers are not real.

    Examples
    --------
    A vertical edge, and a horizontal one.

    >>> vertical = np.array([[1.0, 0.0, -1.0]] * 3)
    >>> orientation(np.array([[vertical], [vertical.T]])).round(6) + 0
    array([90.,  0.])
    """
    angle = np.angle(_mean_direction(filters), deg=True)
    return (90 - angle / 2) % 180


def orientation_selectivity(filters: npt.ArrayLike) -> Floats:
    """Return how much of each filter has one orientation, from 0 (a round blob) to 1 (stripes).

    It is the length of the mean m in :func:`orientation`: 1 if all frequencies lie on one line
    through 0, and 0 if they are spread evenly. It equals 1 minus the "circular variance" by
    which the orientation tuning of neurons in the visual cortex is measured.

    Parameters
    ----------
    filters
        Filters × channels × height × width.

    Returns
    -------
    numpy.ndarray
        One number a filter; NaN for a filter of zeros, or with NaN in it.

    Raises
    ------
    ValueError
        If `filters` does not have these four axes.
    TypeError
        If its numbers are not real.

    Examples
    --------
    A square dot, and an edge two pixels wide and fifteen long.

    >>> orientation_selectivity(np.ones((1, 1, 3, 3))).round(2)
    array([0.])
    >>> orientation_selectivity(np.array([[[[1.0, -1.0]] * 15]])).round(2)
    array([0.94])

    References
    ----------
    D. Ringach, R. Shapley and M. Hawken, "Orientation selectivity in macaque V1: diversity and
    laminar dependence", Journal of Neuroscience 22(13), 2002.
    """
    return np.abs(_mean_direction(filters))


def peak_frequency(filters: npt.ArrayLike) -> Floats:
    """Return the spatial frequency at which each filter responds most, in cycles a pixel.

    It is √(u² + v²) where P is largest: 0 for a blob of one colour, 0.5 for stripes one pixel
    wide, 0.5 · √2 for a checkerboard. It is read off a grid of steps of 1/128. A filter of k
    pixels cannot tell frequencies apart that differ by much less than 1/k.

    Parameters
    ----------
    filters
        Filters × channels × height × width.

    Returns
    -------
    numpy.ndarray
        Cycles a pixel, one number a filter; NaN for a filter of zeros, or with NaN in it.

    Raises
    ------
    ValueError
        If `filters` does not have these four axes.
    TypeError
        If its numbers are not real.

    Examples
    --------
    >>> stripes = np.array([1.0, -1.0, 1.0, -1.0])
    >>> peak_frequency(stripes.reshape(1, 1, 1, 4))
    array([0.5])
    """
    power, u, v = _spectrum(filters)
    flat = power.reshape(len(power), -1)
    peaks = np.hypot(u, v).reshape(-1)[flat.argmax(axis=1)]
    return np.where(flat.max(axis=1) > 0, peaks, np.nan)  # not so of zeros, nor of NaN


def _mean_direction(filters: npt.ArrayLike) -> npt.NDArray[np.complex128]:
    power, u, v = _spectrum(filters)
    power[:, 0, 0] = 0  # frequency 0 has no direction
    moments = (power * np.exp(2j * np.arctan2(v, u))).sum((1, 2))
    total = power.sum((1, 2))
    nothing = np.full(total.shape, np.nan, dtype=np.complex128)
    mean: npt.NDArray[np.complex128] = np.divide(moments, total, out=nothing, where=total > 0)
    return mean


def _spectrum(filters: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return P for each filter, and its axes u (a row) and v (a column)."""
    weights = _weights(filters)
    points = max(_POINTS, *weights.shape[2:])
    power: Floats = np.abs(np.fft.fft2(weights, s=(points, points))) ** 2
    frequencies = np.asarray(np.fft.fftfreq(points), dtype=np.float64)
    return np.asarray(power.sum(axis=1)), frequencies[None, :], frequencies[:, None]


def _weights(filters: npt.ArrayLike) -> Floats:
    weights = as_array("filters", filters)
    if weights.dtype.kind not in "biuf":
        raise TypeError(f"filters must be real numbers, but has dtype {weights.dtype}")
    if weights.ndim != 4 or 0 in weights.shape:
        raise ValueError(
            "filters must have the axes filters × channels × height × width, "
            f"but its shape is {weights.shape}"
        )
    return weights.astype(np.float64)
