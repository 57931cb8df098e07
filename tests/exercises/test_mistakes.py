import random
from itertools import combinations
from math import ceil
from typing import Any

import numpy as np
import pytest
from tests.exercises.edits import MISTAKES, Mistake, applied, compiled, source, wrong

from cnnbook import conv2d, output_size
from cnnbook.exercises import check, mistakes, names

ALSO = {"raises", "wrong_shape", "wrong_type", None}  # what can be said without an explanation

# Two mistakes that together make exactly a third: (F·F·D + 1)·K/groups in the first pair,
# (F·F·D·groups/groups + 1)·K in the second, and (N − F + 1)/S, rounded up, is (N − F)/S + 1,
# rounded down.
SAME = {
    ("groups_ignored", "groups_divide_filters_too"): "bias_divided_by_groups",
    ("groups_divide_filters_too", "groups_multiply"): "groups_ignored",
    ("plus_one_before_dividing", "rounds_up_silently"): "floors_silently",
    ("floors_silently", "floor_ceil_swapped"): "rounds_up_silently",
    ("rounds_up_silently", "floor_ceil_swapped"): "floors_silently",
}
# One forgets to divide the channels, the other divides the filters in their place.
UNDONE = ("groups_ignored", "groups_divide_filters_too")

# Programs that are tried in no time. Of the others' pairs some are taken, and all with one mistake
# that a single image without batch axis makes look like another.
QUICK = {"output_size", "conv_parameters", "correlate2d", "convolve2d", "receptive_field"}
MOST = 20
LOOKS_LIKE_ANOTHER = "images_filters_swapped"


@pytest.mark.parametrize("exercise", names)
def test_every_known_mistake_is_made_here(exercise: str) -> None:
    known = mistakes(exercise)
    assert len(set(known)) == len(known)
    assert set(known) == {mistake.name for mistake in MISTAKES if mistake.exercise == exercise}


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(mistake, id=f"{mistake.exercise}-{mistake.name}-{number}")
        for number, mistake in enumerate(MISTAKES)
    ],
)
def test_a_known_mistake_is_named_and_shown(mistake: Mistake) -> None:
    result = check(mistake.exercise, wrong(mistake))
    assert not result.passed
    assert result.mistake == mistake.name, result
    assert result.call.startswith(f"{mistake.exercise}(")
    assert "got" in str(result)


def _pairs() -> list[tuple[Mistake, Mistake]]:
    """Return pairs of mistakes, the same in every run, whose edits do not collide."""
    chosen = []
    for exercise in names:
        made = [mistake for mistake in MISTAKES if mistake.exercise == exercise]
        pairs = [pair for pair in combinations(made, 2) if pair[0].name != pair[1].name]
        random.Random(exercise).shuffle(pairs)
        fit = list(filter(_fit, pairs))
        always = [pair for pair in fit if LOOKS_LIKE_ANOTHER in (pair[0].name, pair[1].name)]
        chosen += fit if exercise in QUICK else always + fit[:MOST]
    return list(dict.fromkeys(chosen))


def _fit(pair: tuple[Mistake, Mistake]) -> bool:
    try:
        applied(source(pair[0].exercise), pair[0].edits + pair[1].edits)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(pair, id=f"{pair[0].exercise}-{pair[0].name}-{pair[1].name}-{number}")
        for number, pair in enumerate(_pairs())
    ],
)
def test_of_two_mistakes_one_is_named_or_none(pair: tuple[Mistake, Mistake]) -> None:
    result = check(pair[0].exercise, wrong(*pair))
    both = pair[0].name, pair[1].name
    assert not result.passed or both == UNDONE
    assert result.mistake in {*both, SAME.get(both)} | ALSO, result


def test_the_first_of_two_mistakes_is_said_not_to_be_all() -> None:
    made = {mistake.name: mistake for mistake in MISTAKES if mistake.exercise == "conv2d"}
    result = check("conv2d", wrong(made["kernel_flipped"], made["bias_forgotten"]))
    assert result.mistake == "kernel_flipped"
    assert "This does not explain all that is wrong" in result.message
    assert result.call == "conv2d(input, weight)"


@pytest.mark.parametrize(
    ("exercise", "edit"),
    [
        # fails where the layer has channels, as many another mistake does
        ("conv2d", ("P = np.zeros((N, C,", "P = np.zeros((N, N,")),
        ("conv2d", ("first = k // (K // groups) * D", "first = k * D")),
        ("output_size", ("start += stride", "start += dilation")),
        # with one layer, what this returns is as if the input had come first in the list
        ("receptive_field", ("in (k, s, p, d))", "in (s, s, p, d))")),
    ],
)
def test_no_mistake_is_named_that_explains_failures_only_by_chance(
    exercise: str, edit: tuple[str, str]
) -> None:
    result = check(exercise, compiled(exercise, applied(source(exercise), [edit])))
    assert not result.passed
    assert result.mistake in ALSO, result


def test_maps_before_images_with_another_mistake_are_not_said_to_be_the_first_map() -> None:
    """Without a batch axis they are that map; what is said has to hold for all that is wrong."""

    def candidate(input: Any, weight: Any, bias: Any = None, stride: Any = 1) -> Any:
        X = input if np.ndim(input) == 4 else input[np.newaxis]
        maps = [[conv2d(image, weight[k : k + 1])[0] for image in X] for k in range(len(weight))]
        return np.array(maps if np.ndim(input) == 4 else maps[0])

    without = ["bias", "padding", "dilation", "groups"]
    assert check("conv2d", candidate, without=without).mistake in ALSO
    assert check("conv2d", candidate, without=[*without, "batch"]).mistake == "first_filter_only"


@pytest.mark.parametrize(
    ("candidate", "mistake", "message"),
    [
        (
            lambda size, kernel_size, stride=1: (size - kernel_size) // stride + 1,
            "floors_silently",
            "your function rounds down. The size is no whole number there: raise a ValueError.",
        ),
        (
            lambda size, kernel_size, stride=1: ceil((size - kernel_size) / stride) + 1,
            "rounds_up_silently",
            "your function rounds up. The size is no whole number there: raise a ValueError.",
        ),
        (
            lambda size, kernel_size, stride=1: round((size - kernel_size) / stride) + 1,
            "rounds_to_nearest",
            "to the nearest whole number. The size is no whole number there: raise a ValueError.",
        ),
    ],
)
def test_a_function_without_rounding_is_told_to_refuse(
    candidate: Any, mistake: str, message: str
) -> None:
    left_out = ["padding", "dilation", "rounding", "pairs"]
    result = check("output_size", candidate, without=left_out)
    assert result.mistake == mistake
    assert message in result.message


def test_an_answer_where_there_is_none_is_shown_as_such() -> None:
    def candidate(*arguments: Any, **options: Any) -> Any:
        try:
            return output_size(*arguments, **options)
        except ValueError:
            return 99

    result = check("output_size", candidate)
    assert result.mistake is None
    assert "There is no right answer here: raise a ValueError" in result.message
    assert result.notes == ("expected: a ValueError", "got: 99")


def test_an_unknown_mistake_is_shown_without_an_explanation() -> None:
    result = check("correlate2d", lambda image, kernel: image[: 1 - len(kernel) or None] * 2)
    assert result.mistake in ALSO
    result = check("conv_parameters", lambda *arguments, **options: 7)
    assert (result.mistake, result.call) == (None, "conv_parameters(3, 10, 5)")
