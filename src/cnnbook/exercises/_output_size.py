"""The exercise `output_size`, and the mistakes that are made in it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

from cnnbook import shapes
from cnnbook._arguments import is_pair, pair
from cnnbook.shapes import effective_kernel_size

from ._exercise import Case, Exercise, Mistake
from ._whole import read_whole

output_size: Callable[..., Any] = shapes.output_size  # its overloads have no place for a wrong call

# A rule for one axis, from size, kernel size, stride, padding, dilation and rounding.
Axis = Callable[..., int]


def _per_axis(
    rule: Axis,
    size: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    rounding: str = "strict",
) -> Any:
    """Apply a rule for one axis to one or both."""
    settings = size, kernel_size, stride, padding, dilation
    axes = list(zip(*(pair("", setting) for setting in settings), strict=True))
    if any(map(is_pair, settings)):
        return tuple(rule(*axis, rounding) for axis in axes)
    return rule(*axes[0], rounding)


def _formula(
    n: int, f: int, s: int, p: int, d: int, rounding: str, plus: int = 1, exact: bool = True
) -> int:
    """Return (n + 2p − f)/s + plus, rounded in the manner of Python only."""
    left = n + 2 * p - effective_kernel_size(f, d)
    if exact and rounding == "strict" and left % s:
        raise ValueError
    if exact and left < 0:
        raise ValueError
    return (-(-left // s) if rounding == "ceil" else left // s) + plus


def _rule(n: int, f: int, s: int, p: int, d: int, rounding: str) -> int:
    count: int = output_size(n, f, s, p, d, rounding)
    return count


def _added_before(n: int, f: int, s: int, p: int, d: int, rounding: str) -> int:
    """Return (n + 2p − f + 1)/s."""
    left = n + 2 * p - effective_kernel_size(f, d) + 1
    if rounding == "strict" and left % s:
        raise ValueError
    return -(-left // s) if rounding == "ceil" else left // s


def _rounded(n: int, f: int, s: int, p: int, d: int, _: str) -> int:
    return round((n + 2 * p - effective_kernel_size(f, d)) / s) + 1


def _swapped(rounding: str) -> str:
    return {"floor": "ceil", "ceil": "floor"}.get(rounding, rounding)


def _never_strict(way: str) -> tuple[Callable[..., Any], ...]:
    """Round where the reference refuses: only if the windows do not fit, or whatever the reason."""

    def where_they_do_not_fit(n: int, f: int, s: int, p: int, d: int, rounding: str) -> int:
        return _rule(n, f, s, p, d, way if rounding == "strict" else rounding)

    def always(n: int, f: int, s: int, p: int, d: int, rounding: str) -> int:
        if rounding == "strict":
            return _formula(n, f, s, p, d, way, exact=False)
        return _rule(n, f, s, p, d, rounding)

    return partial(_per_axis, where_they_do_not_fit), partial(_per_axis, always)


def _size(name: str, message: str, *rules: Axis, needs: str = "", instead: str = "") -> Mistake:
    variants = tuple(partial(_per_axis, rule) for rule in rules)
    return Mistake(name, message, variants, needs, instead)


def _first_axis(**arguments: Any) -> Any:
    """Use the first number of each pair for both axes."""
    firsts = {
        name: value[0] if isinstance(value, tuple) else value for name, value in arguments.items()
    }
    count = output_size(**firsts)
    return (count, count) if any(map(is_pair, arguments.values())) else count


def _swapped_axes(**arguments: Any) -> Any:
    count = output_size(**arguments)
    return count[::-1] if isinstance(count, tuple) else count


def _other_pairs_swapped(**arguments: Any) -> Any:
    """Read the settings' pairs as (width, height), but not the size."""
    return output_size(
        **{
            name: value[::-1] if isinstance(value, tuple) and name != "size" else value
            for name, value in arguments.items()
        }
    )


_REFUSE = "The size is no whole number there: raise a ValueError."

SIZE_MISTAKES = (
    _size(
        "plus_one_forgotten",
        "The + 1 is missing: (N + 2P − F)/S counts the steps. The first window makes no step.",
        partial(_formula, plus=0),
        partial(_formula, plus=0, exact=False),
        lambda n, f, s, p, d, r: _rule(n, f, s, p, d, r) - 1,
        needs="padding",
        instead="The + 1 is missing: (N − F)/S counts the steps. The first window makes no step.",
    ),
    _size(
        "one_too_many",
        "Your size is one too large.",
        lambda n, f, s, p, d, r: _rule(n, f, s, p, d, r) + 1,
    ),
    _size(
        "plus_one_before_dividing",
        "The 1 is added before dividing by the stride. It counts the first window, so it comes "
        "after: (N + 2P − F)/S + 1.",
        _added_before,
        needs="padding",
        instead="The 1 is added before dividing by the stride. It counts the first window, so it "
        "comes after: (N − F)/S + 1.",
    ),
    _size(
        "padding_one_side",
        "The padding is added on one side only: P counts per side, so it is 2P in all.",
        lambda n, f, s, p, d, r: _rule(n + p, f, s, 0, d, r),
    ),
    _size(
        "padding_ignored",
        "Your sizes are those without padding.",
        lambda n, f, s, p, d, r: _rule(n, f, s, 0, d, r),
    ),
    _size(
        "padding_subtracted",
        "The padding is subtracted. It makes the input larger.",
        lambda n, f, s, p, d, r: _rule(n - 2 * p, f, s, 0, d, r),
    ),
    _size(
        "stride_ignored",
        "Your sizes are those for stride 1.",
        lambda n, f, s, p, d, r: _rule(n, f, 1, p, d, r),
    ),
    _size(
        "dilation_ignored",
        "Your sizes are those for kernels whose weights are neighbours, with dilation 1.",
        lambda n, f, s, p, d, r: _rule(n, f, s, p, 1, r),
    ),
    _size(
        "dilation_counts_gaps",
        "The dilation is read as the number of pixels between two weights. It is the distance from "
        "one weight to the next: 1 means that they are neighbours.",
        lambda n, f, s, p, d, r: _rule(n, f, s, p, d + 1, r),
        needs="dilation",
    ),
    _size(
        "dilation_times_kernel",
        "A dilated kernel covers D·(F − 1) + 1 pixels, not D·F: there is no gap after its last "
        "weight.",
        lambda n, f, s, p, d, r: _rule(n, d * f, s, p, 1, r),
    ),
    Mistake(
        "floors_silently",
        "Where the windows do not fit, your function rounds down. With rounding='strict' it has to "
        "refuse: the size is no whole number.",
        _never_strict("floor"),
        needs="rounding",
        instead=f"Where the windows do not fit, your function rounds down. {_REFUSE}",
    ),
    _size(
        "rounding_ignored",
        "The argument rounding is not used: each of 'strict', 'floor' and 'ceil' has its own way "
        "with a fraction.",
        lambda n, f, s, p, d, r: _rule(n, f, s, p, d, "strict"),
        lambda n, f, s, p, d, r: _rule(n, f, s, p, d, "floor" if r == "ceil" else r),
        lambda n, f, s, p, d, r: _rule(n, f, s, p, d, "ceil" if r == "floor" else r),
    ),
    Mistake(
        "rounds_up_silently",
        "Where the windows do not fit, your function rounds up. With rounding='strict' it has to "
        "refuse: the size is no whole number.",
        _never_strict("ceil"),
        needs="rounding",
        instead=f"Where the windows do not fit, your function rounds up. {_REFUSE}",
    ),
    _size(
        "rounds_to_nearest",
        "Fractions are rounded to the nearest whole number. Each of 'strict', 'floor' and 'ceil' "
        "has its own way with them.",
        _rounded,
        needs="rounding",
        instead=f"Fractions are rounded to the nearest whole number. {_REFUSE}",
    ),
    _size(
        "floor_ceil_swapped",
        "'floor' and 'ceil' are swapped.",
        lambda n, f, s, p, d, r: _rule(n, f, s, p, d, _swapped(r)),
    ),
    _size(
        "ceil_in_padding",
        "With 'ceil', the added window must not start beyond the input, nor in the padding at its "
        "end: PyTorch leaves such a window out.",
        lambda n, f, s, p, d, r: (_formula if r == "ceil" else _rule)(n, f, s, p, d, r),
        lambda n, f, s, p, d, r: (
            _formula(n, f, s, p, d, r, exact=False) if r == "ceil" else _rule(n, f, s, p, d, r)
        ),
        needs="padding",
        instead="With 'ceil', the added window must not start beyond the input: PyTorch leaves "
        "such a window out.",
    ),
    _size(
        "too_large_kernel_accepted",
        "A kernel that is too large fits nowhere: there is no size to return. Only 'ceil' lets a "
        "single window reach over the end.",
        lambda n, f, s, p, d, r: (
            _formula(n, f, s, p, d, r, exact=False)
            if n + 2 * p < effective_kernel_size(f, d)
            else _rule(n, f, s, p, d, r)
        ),
        lambda n, f, s, p, d, r: (
            max(0, _formula(n, f, s, p, d, r, exact=False))
            if n + 2 * p < effective_kernel_size(f, d)
            else _rule(n, f, s, p, d, r)
        ),
        needs="rounding",
        instead="A kernel that is too large fits nowhere: there is no size to return. Raise a "
        "ValueError.",
    ),
    Mistake(
        "first_axis_only",
        "The size of one axis is used for both.",
        (_first_axis,),
    ),
    Mistake(
        "height_width_swapped",
        "Height and width are swapped: in each pair the height comes first.",
        (_swapped_axes, _other_pairs_swapped),
    ),
)


def _size_cases() -> tuple[Case, ...]:
    calls: list[tuple[Any, ...]] = [
        # size, kernel_size, stride, padding, dilation, rounding: what is left out has its default
        (7, 3), (32, 5), (5, 5), (9, 1), (28, 4), (1, 1), (10, 10),
        (7, 3, 2), (11, 3, 4), (227, 11, 4), (8, 2, 2), (5, 5, 3), (12, 3, 3),
        (7, 3, 3), (8, 3, 2), (10, 4, 5), (7, 2, 2), (8, 3, 3), (9, 3, 4),
        (5, 3, 1, 1), (7, 7, 1, 3), (6, 2, 1, 2), (4, 5, 1, 1), (2, 6, 1, 1), (10, 3, 1, 2),
        (7, 3, 1, 0, 2), (9, 2, 1, 0, 3), (12, 4, 1, 0, 3), (9, 5, 1, 0, 2), (7, 5, 1, 0, 2),
        (11, 1, 1, 0, 4),
        (7, 3, 2, 1), (11, 5, 4, 1), (13, 4, 3, 1), (8, 3, 2, 1), (9, 3, 3, 2),
        (11, 3, 2, 0, 2), (12, 3, 2, 0, 2), (10, 2, 3, 0, 3), (9, 3, 1, 2, 2), (6, 3, 1, 1, 3),
        (13, 3, 2, 1, 2), (14, 3, 2, 1, 2), (10, 4, 3, 2, 3), (14, 4, 3, 2, 2),
        *(
            (*call, rounding)
            for call, rounding in product(
                [
                    (7, 3, 3, 0, 1), (8, 3, 2, 0, 1), (10, 4, 5, 0, 1), (9, 2, 4, 0, 1),
                    (7, 3, 2, 0, 1), (6, 3, 1, 0, 1), (10, 3, 4, 0, 1), (9, 3, 5, 0, 1),
                    (8, 3, 2, 1, 1), (5, 3, 4, 1, 1), (5, 2, 3, 1, 1), (8, 4, 5, 2, 1),
                    (4, 2, 3, 1, 1), (2, 3, 3, 0, 1), (1, 3, 2, 0, 1), (12, 3, 2, 0, 2),
                    (7, 3, 4, 1, 2), (6, 3, 2, 1, 3),
                ],
                ["floor", "ceil"],
            )
        ),
        ((7, 9), 3), ((8, 5), (3, 2)), ((32, 64), 5), ((7, 9), (4, 4)), (9, (3, 5)),
        ((9, 7), 3, 2), ((9, 7), (3, 4), (2, 1)), ((9, 7), 3, (1, 2)), ((7, 8), 3, 2),
        ((8, 7), 3, (2, 1)),
        ((5, 8), 3, 1, 1), ((6, 9), (3, 5), 1, (1, 2)), ((6, 9), 3, 1, (0, 2)), ((3, 9), 5),
        ((9, 8), 3, 1, 0, 2), ((9, 8), 3, 1, 0, (1, 3)),
        ((13, 11), (3, 2), (2, 3), (1, 0), (2, 1), "floor"),
        ((13, 11), (3, 2), (2, 4), (0, 1), (2, 3), "ceil"),
        ((13, 11), (4, 2), (3, 4), (1, 0), (2, 1), "strict"),
        (3, 5, 2), (1, 5, 1, 1),
    ]  # fmt: skip
    return tuple(map(_size_case, calls))


def _other_size_cases(seed: int) -> tuple[Case, ...]:
    """Return calls with random numbers, which use each argument in half of them.

    With 'ceil' the padding is at most half of the kernel: PyTorch, whose rule that is, allows no
    more. Beyond that a window that fits exactly may start in the padding at the end, which its
    formula would leave out and `output_size` keeps.
    """
    rng = random.Random(seed)

    def sometimes(choices: Sequence[Any], default: Any) -> Any:
        return rng.choice([rng.choice(choices), default])

    def axis(rounding: str) -> tuple[int, ...]:
        size, kernel_size = rng.randint(1, 80), rng.randint(1, 11)
        stride, dilation = sometimes(range(1, 8), 1), sometimes(range(1, 6), 1)
        most = kernel_size // 2 if rounding == "ceil" else 6
        return size, kernel_size, stride, sometimes(range(most + 1), 0), dilation

    calls = []
    for _ in range(60):
        rounding = sometimes(["floor", "ceil"], "strict")
        both = axis(rounding), axis(rounding)
        calls.append((*sometimes([tuple(zip(*both, strict=True))], both[0]), rounding))
    return tuple(map(_size_case, calls))


def _size_case(call: tuple[Any, ...]) -> Case:
    given = zip(_SETTINGS, call, (None, None, 1, 0, 1, "strict"), strict=False)
    arguments = {name: value for name, value, default in given if value != default}
    features = {*list(arguments)[2:]}
    if any(map(is_pair, call)):
        features.add("pairs")
    try:
        output_size(**arguments)
    except shapes.DoesNotFit:
        features.add("refusals")
    except ValueError:
        features |= {"refusals", "too_large"}
    return Case(arguments, frozenset(features))


def _size_work(case: Case, place: int, index: tuple[int, ...]) -> str:
    settings = {"stride": 1, "padding": 0, "dilation": 1, "rounding": "strict", **case.arguments}
    *numbers, rounding = (settings[name] for name in _SETTINGS)
    n, f, s, p, d = (pair("", number)[index[0] if index else 0] for number in numbers)
    covered = f"{f}" if d == 1 else f"({d}·({f} − 1) + 1)"
    padded = f"{n} + 2·{p}" if p else f"{n}"
    work = f"({padded} − {covered})/{s} + 1"
    if rounding == "strict":
        return work
    work += f", with the fraction rounded by {rounding!r},"
    if _formula(n, f, s, p, d, rounding, exact=False) > _rule(n, f, s, p, d, rounding):
        work += " − 1, because the last window would start beyond the input,"
    return work


_SETTINGS = ("size", "kernel_size", "stride", "padding", "dilation", "rounding")


def exercise(name: str) -> Exercise:
    """Return the exercise."""
    return Exercise(
        name, 2, output_size, _size_cases(), _other_size_cases, SIZE_MISTAKES, read_whole,
        exact=True, work=_size_work,
    )  # fmt: skip
