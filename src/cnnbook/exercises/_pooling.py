"""The mistakes that are made in both kinds of pooling."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from cnnbook._arguments import Array

from . import _pools as pools
from ._exercise import Case, Mistake
from ._pools import Edit, Pool, Reduce, apply
from ._shared import SWAPPED, larger, of_batch, of_integers, of_one_axis, of_size

PAIRS = ("kernel_size", "stride", "padding")


def _padded_once(c: Pool, before: int, after: int, outside: float) -> Array:
    """Pad the input for good, on one side only, and pool that."""
    (vertical, horizontal) = c.padding
    edges = (vertical * before, vertical * after), (horizontal * before, horizontal * after)
    padded = np.pad(c.input, ((0, 0), (0, 0), *edges), constant_values=outside)
    return c.run(input=padded, padding=(0, 0))


def _rounded_up(c: Pool) -> Array:
    """Return an output with a last window even where that would start in the padding."""
    output = c.run()
    if not c.ceil_mode:
        return output
    sizes = [
        -(-(n + 2 * p - d * (f - 1) - 1) // s) + 1
        for n, f, s, p, d in zip(
            c.input.shape[2:], c.kernel_size, c.stride, c.padding, c.dilation, strict=True
        )
    ]
    return larger(output, *(size - had for size, had in zip(sizes, output.shape[2:], strict=True)))


def _swapped_pairs(c: Pool, setting: str) -> Array:
    """Read one setting's pair as (width, height); without a stride the kernel's is the stride's."""
    changes = {setting: getattr(c, setting)[::-1]}
    if setting == "kernel_size" and not c.stride_given:
        changes["stride"] = c.stride[::-1]
    return c.run(**changes)


def shared_mistakes(
    mistake: Callable[..., Mistake], settings: tuple[str, ...], outside: float
) -> tuple[Mistake, ...]:
    """Return the mistakes that are made in both kinds of pooling."""
    return (
        mistake(
            "default_stride_one",
            "Without a stride your windows move by one pixel. They do not overlap then: the stride "
            "is the kernel's size.",
            lambda c: c.run() if c.stride_given else c.run(stride=(1, 1)),
            lambda c: c.run(stride=(1, 1)),
            needs="stride",
            instead="Your windows move by one pixel. They have to move by their own size.",
        ),
        mistake(
            "stride_ignored",
            "Your windows move by their own size, whatever the stride.",
            lambda c: c.run(stride=c.kernel_size),
        ),
        of_one_axis(
            mistake,
            "stride",
            1,
            lambda c: c.run(stride=(c.stride[0], c.kernel_size[1])),
            lambda c: c.run(stride=(c.kernel_size[0], c.stride[1])),
            needs="stride",
            instead="Your windows move by their own size along one axis only.",
        ),
        mistake(
            "padding_ignored",
            "Your result is that without padding.",
            lambda c: c.run(padding=(0, 0)),
        ),
        mistake(
            "padding_one_side",
            "The padding is on one side of each axis only: P counts per side.",
            lambda c: _padded_once(c, 1, 0, outside),
            lambda c: _padded_once(c, 0, 1, outside),
        ),
        of_one_axis(mistake, "padding", 0),
        mistake(
            "ceil_mode_ignored",
            "The argument ceil_mode is not used: with it a last window may reach over the end.",
            lambda c: c.run(ceil_mode=False),
        ),
        mistake(
            "ceil_mode_always",
            "A last window reaches over the end even without ceil_mode.",
            lambda c: c.run(ceil_mode=True),
            needs="ceil_mode",
            instead="A last window reaches over the end. Pool only where a whole window fits.",
        ),
        mistake(
            "ceil_in_padding",
            "With ceil_mode, the added window must not start beyond the input, nor in the padding "
            "at its end: PyTorch leaves such a window out.",
            _rounded_up,
            needs="padding",
            instead="With ceil_mode, the added window must not start beyond the input: PyTorch "
            "leaves such a window out.",
        ),
        mistake(
            "height_width_swapped",
            "Height and width are swapped: in shapes, indices and pairs the height comes first.",
            lambda c: c.run().swapaxes(2, 3),
            lambda c: c.run(
                kernel_size=c.kernel_size[::-1],
                stride=c.stride[::-1],
                padding=c.padding[::-1],
                dilation=c.dilation[::-1],
            ),
            *(partial(_swapped_pairs, setting=setting) for setting in settings),
            lambda c: c.run(kernel_size=c.kernel_size[::-1]),
            *SWAPPED,
            needs="pairs",
            instead="Height and width are swapped: in shapes and indices the height comes first.",
        ),
        *of_size(mistake),
        of_integers(mistake),
        mistake(
            "first_channel_only",
            "Only the first channel is pooled. Each channel is, on its own.",
            lambda c: c.run()[:, :1],
        ),
        *of_batch(mistake),
    )


def mistake_of(reduce: Reduce) -> Callable[..., Mistake]:
    def mistake(
        name: str, message: str, *edits: Edit, needs: str = "", instead: str = ""
    ) -> Mistake:
        variants = tuple(partial(apply, edit, reduce) for edit in edits)
        return Mistake(name, message, variants, needs, instead)

    return mistake


def reduced_by(*reduces: Reduce) -> tuple[Edit, ...]:
    return tuple(partial(Pool.run, reduce=reduce) for reduce in reduces)


def window(case: Case, index: tuple[int, ...]) -> tuple[list[str], int]:
    """Return the pixels that a window reads, padding left out, and what a mean is divided by."""
    n, channel, y, x = (0, *index)[-4:]
    found: list[str] = []
    divisors: list[int] = []

    def look(c: Pool, rows: Array, columns: Array) -> Array:
        pixels = c.read(rows, columns, np.nan)
        seen = pixels[n, channel, y, x]
        found.extend(f"{pixel:g}".replace("-", "−") for pixel in seen[~np.isnan(seen)])
        divisors.append(int(pools.divisor(c, rows, columns)[y, x]))
        return pixels[..., 0]

    apply(Pool.run, look, **case.arguments)
    return found, divisors[0]
