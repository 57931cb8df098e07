"""Questions about how windows fit: an axis's size, a volume's shape, the padding that keeps it."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from cnnbook._arguments import integer, size_pair
from cnnbook.shapes import DoesNotFit, effective_kernel_size, output_size, same_padding

from .kind import Kind, Text, Value, exactly


def size(
    input_size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Fraction:
    """Return the output's size along an axis, also where it is a fraction.

    >>> size(7, 3, 2), size(7, 3, 3)
    (Fraction(3, 1), Fraction(7, 3))
    """
    try:
        return Fraction(output_size(input_size, kernel_size, stride, padding, dilation))
    except DoesNotFit as error:
        return error.fraction


def volume(depth: int, *sides: Fraction) -> Value:
    """Return a shape (depth, height, width), or None if a side is a fraction or nothing is left."""
    if any(side.denominator > 1 or side < 1 for side in sides):
        return None
    return [depth, *map(int, sides)]


# ---- Output size ---------------------------------------------------------------------------------


def _output_size(
    input_size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> dict[str, Value]:
    integer("input_size", input_size, 1)

    def wrong(input_size: int = input_size, **changed: int) -> Value:
        settings = {"stride": stride, "padding": padding, "dilation": dilation, **changed}
        try:
            return exactly(size(input_size, kernel_size, **settings))
        except ValueError:
            return None

    right = size(input_size, kernel_size, stride, padding, dilation)
    fits = right.denominator == 1
    covered = effective_kernel_size(kernel_size, dilation)
    room = input_size + 2 * padding - covered
    left_over = room % stride
    too_wide = Fraction(input_size + 2 * padding - dilation * kernel_size, stride) + 1
    return {
        "S": stride,
        "covered": covered,
        "steps": exactly(right - 1),
        "answer": exactly(right),
        "also": None if fits else "unfit",
        "whole": exactly(right) if fits else None,
        "fraction": None if fits else exactly(right),
        "left_over": None if fits else left_over,
        "unread": left_over - padding if left_over > padding else None,
        "only_padding": 1 if 0 < left_over <= padding else None,
        "does_not_fit": "unfit" if fits else None,
        "floor": None if fits else int(right),
        "ceil": None if fits else int(right) + 1,
        "no_one": exactly(right - 1),
        "one_too_early": exactly(Fraction(room + 1, stride)) if stride > 1 else None,
        "padding_once": wrong(input_size + padding, padding=0) if padding else None,
        "padding_forgotten": wrong(padding=0) if padding else None,
        "stride_forgotten": wrong(stride=1) if stride > 1 else None,
        "dilation_forgotten": wrong(dilation=1) if dilation > 1 else None,
        "dilation_times": exactly(too_wide) if dilation > 1 else None,
        **_kept(input_size, [(input_size, right)]),
    }


def _kept(value: Value, sides: list[tuple[int, Fraction]]) -> dict[str, Value]:
    """Return what to say to who leaves the input's size as it is, from sides before and after.

    Of two sides, one that shrinks says enough. Where a window more does not fit whole, the input's
    size is the floor, and met as that.
    """
    shrinks = any(after < before for before, after in sides)
    grows = not shrinks and any(int(after) > before for before, after in sides)
    return {
        "shrinks": 1 if shrinks else None,
        "grows": 1 if grows else None,
        "input_kept": value if shrinks or grows else None,
    }


_SUM: Text = ("({input_size}", " + 2·{padding}", " − {covered}", ")/{S} + 1")

OUTPUT_SIZE = Kind(
    compute=_output_size,
    question=(
        "An axis of {input_size} pixels, a filter of {kernel_size}",
        ", stride {stride}",
        ", padding {padding} on each side",
        ", dilation {dilation}",
        ". By the lecture’s rule, how many outputs are there along this axis, or does it not fit?",
    ),
    answer="size",
    why=(
        *_SUM,
        " = {answer}",
        ": {whole} {whole|window lies|windows lie} on the axis.",
        ". {fraction|}{left_over} {left_over|pixel is|pixels are} left over after the last whole "
        "window: by the lecture’s rule it does not fit.",
    ),
    mistakes={
        "does_not_fit": (*_SUM, " = {answer} is a whole number: it does fit."),
        "floor": (
            "That is the floor, PyTorch’s answer; the lecture’s rule says that it does not fit: ",
            *_SUM,
            " = {fraction}. PyTorch would give {floor}",
            " and leave the last {unread|pixel|pixels} unread",
            " and leave some of the padding unread{only_padding|}",
            ".",
        ),
        "ceil": (
            "You rounded up; the lecture’s rule says that it does not fit: ",
            *_SUM,
            " = {fraction}.",
        ),
        "no_one": (
            "You forgot the + 1: {steps} {steps|step|steps} of the filter, and one window before "
            "the first step.",
        ),
        "one_too_early": (
            "You added the 1 before dividing by the stride: it comes after the fraction, ",
            *_SUM,
            ".",
        ),
        "padding_once": ("You added the padding on one side only: P counts per side.",),
        "padding_forgotten": (
            "You forgot the padding: it adds {padding} {padding|pixel|pixels} on each of two "
            "sides.",
        ),
        "stride_forgotten": ("You forgot the stride: the filter goes {stride} pixels at a time.",),
        "dilation_forgotten": (
            "You forgot the dilation: spread out, the filter covers {covered} pixels.",
        ),
        "dilation_times": (
            "You multiplied the filter’s size by the dilation. Only the {kernel_size} − 1 gaps "
            "between its weights grow: it covers {covered} pixels.",
        ),
        "input_kept": (
            "That is the input’s size. ",
            "Some windows would reach beyond the end.{shrinks|}",
            "The padding makes room for more windows.{grows|}",
        ),
    },
    hints=(
        ("How many steps can the filter make until its last weight stands on the last pixel?",),
        (
            "Use (N − F",
            " + 2P{padding|}",
            ")/S + 1",
            " and the size covered by the dilated filter for F{dilation|}",
            ", with N = {input_size}.",
        ),
    ),
    solution=(
        (
            "Spread out with dilation {dilation}, the filter covers {dilation}·({kernel_size} − 1) "
            "+ 1 = {covered} pixels.",
        ),
    ),
)


# ---- Same padding --------------------------------------------------------------------------------


def _same_padding(kernel_size: int, dilation: int = 1) -> dict[str, Value]:
    covered = effective_kernel_size(kernel_size, dilation)
    try:
        right = Fraction(same_padding(kernel_size, dilation))
    except ValueError:
        right = Fraction(covered - 1, 2)
    whole = right.denominator == 1
    itself = kernel_size not in (right, covered - 1)
    return {
        "covered": covered,
        "twice": covered - 1,
        "answer": exactly(right),
        "also": None if whole else "unfit",
        "whole": exactly(right) if whole else None,
        "fraction": None if whole else exactly(right),
        "does_not_fit": "unfit" if whole else None,
        "floor": None if whole else int(right),
        "ceil": None if whole else int(right) + 1,
        "both_sides": covered - 1,
        "half": exactly(Fraction(covered, 2)) if whole else None,
        "filter_itself": kernel_size if itself else None,
        "grows": 1 if kernel_size > right else None,
        "shrinks": 1 if kernel_size < right else None,
        "dilation_forgotten": None if dilation == 1 else exactly(Fraction(kernel_size - 1, 2)),
    }


SAME_PADDING = Kind(
    compute=_same_padding,
    question=(
        "Stride 1, a filter of {kernel_size}×{kernel_size}",
        ", dilation {dilation}",
        ". Which padding P keeps the size of the input?",
    ),
    answer="size",
    why=(
        "({covered} − 1)/2 = {answer}",
        ": the map loses {twice} rows, and {whole} on each side bring them back.",
        " is no whole number: no padding that is equal on both sides keeps the size.{fraction|}",
    ),
    mistakes={
        "does_not_fit": ("There is one: ({covered} − 1)/2 is a whole number.",),
        "floor": (
            "You rounded down. With that padding the map loses a row: ({covered} − 1)/2 = "
            "{fraction}, and no padding that is equal on both sides keeps the size.",
        ),
        "ceil": (
            "You rounded up. With that padding the map gains a row: ({covered} − 1)/2 = "
            "{fraction}, and no padding that is equal on both sides keeps the size.",
        ),
        "both_sides": ("That is what both sides need together: P counts per side.",),
        "half": (
            "You forgot to take 1 away: a filter of {covered} pixels costs {covered} − 1 rows.",
        ),
        "filter_itself": (
            "That is the filter’s size. ",
            "With so much padding the map would grow.{grows|}",
            "With no more padding the map would shrink.{shrinks|}",
        ),
        "dilation_forgotten": (
            "You forgot the dilation: spread out, the filter covers {covered} pixels.",
        ),
    },
    hints=(
        ("How many rows does the map lose without padding?",),
        (
            "Those rows must come back, half of them on each side: P = (F − 1)/2",
            ", with what the dilated filter covers as F{dilation|}",
            ".",
        ),
    ),
    solution=(
        (
            "Spread out with dilation {dilation}, the filter covers {dilation}·({kernel_size} − 1) "
            "+ 1 = {covered} pixels.",
        ),
        ("N + 2P − {covered} + 1 = N, so 2P = {covered} − 1.",),
    ),
)


def _lengths(
    in_channels: int, sides: list[int], height: Fraction, width: Fraction
) -> dict[str, Value]:
    """Return what a question about a shape says of the input's sides and of the output's."""
    square = height == width
    return {
        "input": [in_channels, *sides],
        "input_height": sides[0],
        "input_width": sides[1],
        "height": exactly(height),
        "width": exactly(width),
        "tall": None if square else exactly(height),
        "wide": None if square else exactly(width),
        "square": exactly(height) if square else None,
    }


# ---- Output shape --------------------------------------------------------------------------------


def _output_shape(
    in_channels: int,
    input_size: int | list[int],
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
) -> dict[str, Value]:
    sides = [*size_pair("input_size", input_size)]

    def shape(depth: int, stride: int = stride, padding: int = padding, more: int = 0) -> Value:
        if min(sides) + more + 2 * padding < kernel_size:
            return None
        return volume(depth, *(size(n + more, kernel_size, stride, padding) for n in sides))

    height, width = (size(n, kernel_size, stride, padding) for n in sides)
    right = volume(out_channels, height, width)
    return {
        "S": stride,
        "unpadded": None if padding else 1,
        **_lengths(in_channels, sides, height, width),
        "answer": right,
        "depth_kept": None if in_channels == out_channels else shape(in_channels),
        "depth_multiplied": None if in_channels == 1 else shape(in_channels * out_channels),
        "stride_forgotten": shape(out_channels, stride=1) if stride > 1 else None,
        "padding_forgotten": shape(out_channels, padding=0) if padding else None,
        "padding_once": shape(out_channels, padding=0, more=padding) if padding else None,
        "no_one": volume(out_channels, height - 1, width - 1),
        **_kept([out_channels, *sides], [*zip(sides, (height, width), strict=True)]),
        "axes_swapped": None if height == width else volume(out_channels, width, height),
    }


def _side(name: str, length: str, result: str) -> tuple[Text, Text]:
    """Return the line of a side's arithmetic without padding, and with it; one is left out."""
    end = f" − {{kernel_size}})/{{S}} + 1 = {{{result}}}"
    return (
        (f"{name}: ({{{length}}}{{unpadded|}}{end}",),
        (f"{name}: ({{{length}}} + 2·{{padding}}{end}",),
    )


_SIDES: tuple[Text, ...] = (
    *_side("Each side", "input_height", "square"),
    *_side("Height", "input_height", "tall"),
    *_side("Width", "input_width", "wide"),
)
_ORDER: Text = (
    "Those are the right numbers in another order: the question asks for {axes}. Frameworks and "
    "texts do not agree here, so look twice.",
)

OUTPUT_SHAPE = Kind(
    compute=_output_shape,
    question=(
        "A volume of {input} meets {out_channels} {out_channels|filter|filters} of "
        "{kernel_size}×{kernel_size} pixels",
        ", stride {stride}",
        ", padding {padding} on each side",
        ". What is the shape of the output, as {axes}?",
    ),
    answer="volume",
    why=(
        "{answer}: each filter makes one map of {height}×{width}, and reads "
        "{in_channels|the only channel|all channels} of the input for it.",
    ),
    mistakes={
        "depth_kept": (
            "You kept the input’s depth. A filter reads all channels and makes one map: the depth "
            "is the number of filters.",
        ),
        "depth_multiplied": (
            "You gave each channel maps of its own. A filter reads all {in_channels} channels and "
            "adds them up into one map.",
        ),
        "stride_forgotten": ("You forgot the stride: the filters go {stride} pixels at a time.",),
        "padding_forgotten": (
            "You forgot the padding: it adds {padding} {padding|pixel|pixels} on each of two "
            "sides.",
        ),
        "padding_once": ("You added the padding on one side only: P counts per side.",),
        "no_one": ("You forgot the + 1 after the fraction: there is a window before any step.",),
        "input_kept": (
            "Height and width do not stay: ",
            "some windows would reach beyond the border.{shrinks|}",
            "the padding makes room for more windows.{grows|}",
        ),
        "axes_swapped": ("You swapped height and width: height comes first.",),
        "order": _ORDER,
    },
    hints=(
        ("How large is one map, and how many maps are there?",),
        ("A side of a map is (N − F", " + 2P{padding|}", ")/S + 1, and each filter makes one map."),
    ),
    solution=_SIDES,
)


# ---- Pooled shape --------------------------------------------------------------------------------


def _pooled_shape(
    in_channels: int, input_size: int | list[int], kernel_size: int, stride: int | None = None
) -> dict[str, Value]:
    sides = [*size_pair("input_size", input_size)]
    step = kernel_size if stride is None else stride
    height, width = (size(n, kernel_size, step) for n in sides)
    slow = volume(in_channels, *(size(n, kernel_size) for n in sides))
    divided = volume(in_channels, *(Fraction(ceil(Fraction(n, step))) for n in sides))
    right = volume(in_channels, height, width)
    return {
        "S": step,
        "unpadded": 1,
        **_lengths(in_channels, sides, height, width),
        "answer": right,
        "depth_one": None if in_channels == 1 else volume(1, height, width),
        "depth_pooled": volume(in_channels // step, height, width)
        if step > 1 and in_channels % step == 0
        else None,
        "stride_one": None if step == 1 else slow,
        "divided": divided if divided != right else None,
        "rounded": 1 if any(n % step for n in sides) else None,
        "no_one": volume(in_channels, height - 1, width - 1),
        "axes_swapped": None if height == width else volume(in_channels, width, height),
    }


POOLED_SHAPE = Kind(
    compute=_pooled_shape,
    question=(
        "A volume of {input} passes a pooling layer with windows of {kernel_size}×{kernel_size}",
        " and stride {stride}",
        ". What is the shape of the output, as {axes}?",
    ),
    answer="volume",
    why=("{answer}: each map is pooled by itself, so that the depth stays {in_channels}.",),
    mistakes={
        "depth_one": (
            "You pooled over the channels too. Each map is pooled by itself: the depth stays "
            "{in_channels}.",
        ),
        "depth_pooled": (
            "You divided the depth as well. Each map is pooled by itself: the depth stays "
            "{in_channels}.",
        ),
        "stride_one": ("You let the windows move one pixel at a time; their stride is {S}.",),
        "divided": (
            "You divided the sides by the stride",
            " and rounded up{rounded|}",
            ". The last windows must fit too: (N − F)/S + 1.",
        ),
        "no_one": ("You forgot the + 1 after the fraction: there is a window before any step.",),
        "axes_swapped": ("You swapped height and width: height comes first.",),
        "order": _ORDER,
    },
    hints=(
        ("What happens to the depth when each map is pooled by itself?",),
        ("A side becomes (N − F)/S + 1, with F = {kernel_size} and S = {S}.",),
    ),
    solution=_SIDES,
)
