"""The exercise `receptive_field`: size, jump and start after each layer of a stack."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cnnbook._arguments import is_pair, pair
from cnnbook.receptive_field import receptive_field

from ._exercise import Case, Exercise, Mistake, Values, WrongType, kind, read_array, refuse_none

Axis = tuple[float, float, float]  # size, jump, start
Step = Callable[[int, int, int, int, Axis], Axis]


def read_fields(value: Any) -> Values:
    """Return sizes, jumps and starts, each layers × 2, from objects or (size, jump, start).

    An array or a tensor of layers × 3, or of layers × 3 × 2, is as good as lists.

    >>> [part.tolist() for part in read_fields([(3, 1, 0.0)])]
    [[[3.0, 3.0]], [[1.0, 1.0]], [[0.0, 0.0]]]
    """
    refuse_none(value)
    if _is_field(value):
        raise WrongType("one (size, jump, start). There should be one for each layer")
    given = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(given, tuple | list):
        raise WrongType(f"{kind(value)}, not a list with one entry for each layer")
    rows = []
    for field in given:
        if hasattr(field, "jump"):
            field = (field.size, field.jump, field.start)
        elif hasattr(field, "tolist"):
            field = field.tolist()
        if not isinstance(field, tuple | list) or len(field) != 3:
            raise WrongType(f"a list with {kind(field)} in it, not with (size, jump, start)")
        parts = [read_array(part) for part in field]
        if any(part.shape not in ((), (2,)) for part in parts):
            raise WrongType("a list in which some entry is neither a number nor a pair")
        rows.append([np.broadcast_to(part, (2,)) for part in parts])
    return tuple(np.array([row[part] for row in rows]).reshape(-1, 2) for part in range(3))


def _is_field(value: Any) -> bool:
    """Tell whether this is the size, jump and start of one layer, as numbers or pairs."""
    if hasattr(value, "jump"):
        return True
    try:
        parts = [np.asarray(part) for part in value]
    except (TypeError, ValueError):  # no list, or a ragged one
        return False
    return len(parts) == 3 and all(
        part.dtype.kind in "iuf" and part.shape in ((), (2,)) for part in parts
    )


def _stack(step: Step, layers: Any, first: Axis = (1, 1, 0.0)) -> Any:
    """Apply a rule for one layer and one axis, layer after layer."""
    state, fields = [first, first], []
    for k, s, p, d in layers:
        settings = zip(pair("", k), pair("", s), pair("", p), pair("", d), strict=True)
        state = [step(*one, at) for one, at in zip(settings, state, strict=True)]
        fields.append(tuple(zip(*state, strict=True)))
    return fields


def _right(k: int, s: int, p: int, d: int, at: Axis) -> Axis:
    r, j, c = at
    return r + (k - 1) * d * j, j * s, c + ((k - 1) * d / 2 - p) * j


def _with_size(size: Callable[[int, int, int, float, float], float]) -> Step:
    """Return the right rule, but for the size."""

    def step(k: int, s: int, p: int, d: int, at: Axis) -> Axis:
        return size(k, s, d, at[0], at[1]), *_right(k, s, p, d, at)[1:]

    return step


def _with_start(start: Callable[[int, int, int, int, float, float], float]) -> Step:
    """Return the right rule, but for the start."""

    def step(k: int, s: int, p: int, d: int, at: Axis) -> Axis:
        return *_right(k, s, p, d, at)[:2], start(k, s, p, d, at[1], at[2])

    return step


def _own_stride(k: int, s: int, p: int, d: int, at: Axis) -> Axis:
    return _right(k, s, p, d, (at[0], at[1] * s, at[2]))[0], *_right(k, s, p, d, at)[1:]


def _own_stride_throughout(k: int, s: int, p: int, d: int, at: Axis) -> Axis:
    r, _, c = _right(k, s, p, d, (at[0], at[1] * s, at[2]))
    return r, at[1] * s, c


def _jumps_added(k: int, s: int, p: int, d: int, at: Axis) -> Axis:
    r, _, c = _right(k, s, p, d, at)
    return r, at[1] + s - 1, c


def _jump_of_one(k: int, s: int, p: int, d: int, at: Axis) -> Axis:
    r, _, c = _right(k, 1, p, d, (at[0], 1, at[2]))
    return r, at[1] * s, c


def _last_stride(k: int, s: int, p: int, d: int, at: Axis) -> Axis:
    r, _, c = _right(k, s, p, d, at)
    return r, s, c


def _reordered(settings: Callable[[int, int, int, int], tuple[int, int, int, int]]) -> Step:
    """Return the right rule for other settings."""
    return lambda k, s, p, d, at: _right(*settings(k, s, p, d), at)


def _swapped(layers: Any) -> Any:
    return _stack(
        _right,
        [tuple(value[::-1] if is_pair(value) else value for value in layer) for layer in layers],
    )


def _first_axis(layers: Any) -> Any:
    return _stack(
        _right,
        [tuple(value[0] if is_pair(value) else value for value in layer) for layer in layers],
    )


def _steps(name: str, message: str, *steps: Step) -> Mistake:
    return Mistake(name, message, tuple(partial(_stack, step) for step in steps))


MISTAKES = (
    _steps(
        "minus_one_forgotten",
        "The size grows by the whole kernel. Its first weight adds nothing: (k − 1)·d·j.",
        _with_size(lambda k, s, d, r, j: r + k * d * j),
        _with_size(lambda k, s, d, r, j: r + (k * d - 1) * j),
    ),
    _steps(
        "jump_forgotten",
        "The kernel's pixels are added as if they were the input's. After layers with a stride, "
        "neighbours are j pixels apart: (k − 1)·d·j.",
        _with_size(lambda k, s, d, r, j: r + (k - 1) * d),
        _jump_of_one,
    ),
    _steps(
        "own_stride_included",
        "The layer's own stride is in the jump already when its kernel is added. It spreads the "
        "neurons after the layer; its kernel steps by the jump before it.",
        _own_stride,
        _own_stride_throughout,
    ),
    _steps(
        "last_stride_only",
        "The jump counts the last layer's stride only. It is the product of all strides so far.",
        _last_stride,
    ),
    _steps(
        "jumps_added",
        "The strides are added. Each multiplies the jump.",
        _jumps_added,
        lambda k, s, p, d, at: (
            *_right(k, s, p, d, at)[:1],
            at[1] + s,
            *_right(k, s, p, d, at)[2:],
        ),
    ),
    _steps(
        "stride_ignored",
        "The strides are not considered: your jump is always 1.",
        _reordered(lambda k, s, p, d: (k, 1, p, d)),
    ),
    _steps(
        "sizes_multiplied",
        "The kernels' sizes are multiplied. Each adds (k − 1)·d·j pixels.",
        _with_size(lambda k, s, d, r, j: r * k),
        _with_size(lambda k, s, d, r, j: r * (d * (k - 1) + 1)),
    ),
    _steps(
        "kernel_only",
        "Your sizes are those of each layer's kernel. The layers before it are not considered.",
        _with_size(lambda k, s, d, r, j: d * (k - 1) + 1),
        _with_size(lambda k, s, d, r, j: k),
    ),
    _steps(
        "dilation_ignored",
        "Your fields are those of kernels whose weights are neighbours, with dilation 1.",
        _reordered(lambda k, s, p, d: (k, s, p, 1)),
        _with_size(lambda k, s, d, r, j: r + (k - 1) * j),
        _with_start(lambda k, s, p, d, j, c: c + ((k - 1) / 2 - p) * j),
    ),
    _steps(
        "dilation_counts_gaps",
        "The dilation is read as the number of pixels between two weights. It is the distance from "
        "one weight to the next: 1 means that they are neighbours.",
        _reordered(lambda k, s, p, d: (k, s, p, d + 1)),
    ),
    _steps(
        "padding_ignored",
        "Your starts are those without padding. Each pixel of padding moves the first neuron's "
        "field outwards.",
        _reordered(lambda k, s, p, d: (k, s, 0, d)),
    ),
    _steps(
        "padding_added",
        "The padding moves your starts inwards. It moves them outwards.",
        _with_start(lambda k, s, p, d, j, c: c + ((k - 1) * d / 2 + p) * j),
    ),
    _steps(
        "padding_in_size",
        "The padding changes your sizes. A field is as large as before, and starts further out.",
        lambda k, s, p, d, at: (
            _right(k, s, p, d, at)[0] + 2 * p * at[1],
            *_right(k, s, p, d, at)[1:],
        ),
        lambda k, s, p, d, at: (
            _right(k, s, p, d, at)[0] - 2 * p * at[1],
            *_right(k, s, p, d, at)[1:],
        ),
    ),
    _steps(
        "start_without_jump",
        "The kernel's half and the padding are added to the start as if they were the input's "
        "pixels. They are j pixels apart: ((k − 1)·d/2 − p)·j.",
        _with_start(lambda k, s, p, d, j, c: c + (k - 1) * d / 2 - p),
    ),
    _steps(
        "start_rounded",
        "Your starts are whole numbers. An even kernel's centre lies between two pixels.",
        _with_start(lambda k, s, p, d, j, c: c + ((k - 1) * d // 2 - p) * j),
        _with_start(lambda k, s, p, d, j, c: c + (k // 2 * d - p) * j),
        _with_start(lambda k, s, p, d, j, c: c + (d * (k - 1) // 2 - p) * j // 1),
    ),
    Mistake(
        "start_at_half",
        "Your first pixel's centre is at 0.5. Here it is at 0.",
        (partial(_stack, _right, first=(1, 1, 0.5)),),
    ),
    Mistake(
        "start_at_edge",
        "Your starts are 0, or the first pixel of the first neuron's field. Here they are its "
        "centre: each layer adds ((k − 1)·d/2 − p)·j.",
        (
            partial(_stack, _with_start(lambda k, s, p, d, j, c: c - p * j)),
            partial(_stack, _with_start(lambda k, s, p, d, j, c: 0)),
        ),
    ),
    Mistake(
        "layers_reversed",
        "The layers are taken from the output to the input. The first in the list comes first.",
        (
            lambda layers: _stack(_right, layers[::-1]),
            lambda layers: _stack(_right, layers[::-1])[::-1],
        ),
    ),
    Mistake(
        "last_layer_only",
        "There is one entry, for the last layer. There should be one for each layer.",
        (lambda layers: _stack(_right, layers)[-1:],),
    ),
    Mistake(
        "last_layer_missing",
        "The list begins with the input, or the last layer's entry is missing.",
        (
            lambda layers: _stack(_right, layers)[:-1],
            lambda layers: [(1, 1, 0), *_stack(_right, layers)],
            lambda layers: [(1, 1, 0), *_stack(_right, layers)[:-1]],
        ),
    ),
    Mistake(
        "height_width_swapped",
        "Height and width are swapped: in each pair the height comes first.",
        (_swapped,),
    ),
    Mistake(
        "first_axis_only",
        "The first number of each pair is used for both axes.",
        (_first_axis,),
    ),
)


def _cases() -> tuple[Case, ...]:
    stacks: list[list[tuple[Any, Any, Any, Any]]] = [
        # kernel_size, stride, padding, dilation
        [(3, 1, 0, 1)],
        [(4, 1, 0, 1)],
        [(1, 1, 0, 1)],
        [(3, 1, 0, 1), (3, 1, 0, 1)],
        [(5, 1, 0, 1), (2, 1, 0, 1), (3, 1, 0, 1)],
        [(3, 2, 0, 1)],
        [(2, 3, 0, 1), (3, 1, 0, 1)],
        [(3, 2, 0, 1), (4, 3, 0, 1), (2, 2, 0, 1), (5, 1, 0, 1)],
        [(3, 1, 1, 1)],
        [(3, 1, 1, 1), (5, 1, 2, 1), (4, 1, 3, 1)],
        [(3, 1, 0, 2)],
        [(2, 1, 0, 3), (3, 1, 0, 2)],
        [(4, 1, 0, 3), (2, 1, 0, 1), (3, 1, 0, 2)],
        [(3, 2, 1, 1), (3, 2, 1, 1)],
        [(7, 2, 3, 1), (3, 2, 1, 1), (2, 1, 0, 1), (4, 3, 1, 1)],
        [(3, 2, 0, 2), (2, 3, 0, 1), (4, 1, 0, 3)],
        [(3, 1, 2, 2), (4, 1, 1, 3)],
        [(3, 2, 1, 2), (4, 3, 2, 1), (2, 2, 1, 3), (3, 1, 1, 2)],
        [((3, 5), 1, 0, 1), (2, 1, 0, 1)],
        [((2, 1), (1, 2), 0, 1), (3, 1, 0, 1)],
        [(3, 1, (0, 1), 1), (2, 1, (2, 0), 1)],
        [(3, 1, 0, (1, 2)), (3, 1, 0, (3, 1))],
        [((3, 2), (2, 1), (1, 0), (2, 3)), ((4, 3), (1, 3), (2, 1), 1), (3, 2, 1, (1, 2))],
    ]
    return tuple(map(_case, stacks))


def _other_cases(seed: int) -> tuple[Case, ...]:
    """Return random stacks, in each of which some arguments are used."""
    rng = random.Random(seed)
    cases = []
    for _ in range(40):
        strides, paddings, dilations = (
            rng.choice([choices, [neutral]])
            for choices, neutral in [([1, 2, 3], 1), ([0, 1, 2, 3], 0), ([1, 2, 3], 1)]
        )
        all_choices = [1, 2, 3, 4, 5, 7], strides, paddings, dilations
        with_pairs = rng.random() < 0.3
        stack: list[tuple[Any, Any, Any, Any]] = []
        for _ in range(rng.randint(1, 6)):
            k, s, p, d = (
                (rng.choice(choices), rng.choice(choices))
                if with_pairs and rng.random() < 0.5
                else rng.choice(choices)
                for choices in all_choices
            )
            stack.append((k, s, p, d))
        cases.append(_case(stack))
    return tuple(cases)


def _case(stack: list[tuple[Any, Any, Any, Any]]) -> Case:
    given = {
        "pairs": any(is_pair(value) for layer in stack for value in layer),
    }
    for place, (name, neutral) in enumerate([("stride", 1), ("padding", 0), ("dilation", 1)]):
        given[name] = any(pair("", layer[place + 1]) != (neutral, neutral) for layer in stack)
    features = frozenset(feature for feature, here in given.items() if here)
    return Case({"layers": stack}, features)


def _work(case: Case, place: int, index: tuple[int, ...]) -> str:
    row, axis = index
    fields = [(1, 1, 0), *_stack(_right, case.arguments["layers"])]
    r, j, c = (_along(part, axis) for part in fields[row])
    k, s, p, d = (_along(part, axis) for part in case.arguments["layers"][row])
    return (
        f"{r:g} + ({k} − 1)·{d}·{j:g}",
        f"{j:g}·{s}",
        f"{c:g} + (({k} − 1)·{d}/2 − {p})·{j:g}",
    )[place].replace("-", "−")


def _along(value: Any, axis: int) -> Any:
    """Return one axis's number."""
    return value[axis] if is_pair(value) else value


def exercise(name: str) -> Exercise:
    """Return the exercise."""
    return Exercise(
        name, 1, receptive_field, _cases(), _other_cases, MISTAKES, read_fields,
        parts=("size", "jump", "start"), exact=True, work=_work, by_axis=True,
    )  # fmt: skip
