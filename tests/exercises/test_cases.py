"""The checkers' own cases and mistakes: do they tell everything apart that they should?"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch.nn.functional as F
from tests.exercises.edits import compiled, source
from tests.exercises.mutants import mutants
from torch import zeros

from cnnbook._arguments import pair
from cnnbook.exercises import _exercise, names
from cnnbook.exercises._exercise import Case, Exercise
from cnnbook.exercises._judge import agree, answer, right
from cnnbook.exercises._run import Raised, run

# Mutants of the loops that no case can tell from the right solution, and why.
PADDING_IS_LARGER = "rows and columns are added at the far end, where no window reads"
ALL_ROWS_ARE_EQUAL = "all rows of an image, and of a kernel, are of one length"
BATCH_OF_ONE = "an image without batch axis is the first and last of its batch"
NEVER_IN_PADDING = "without ceil_mode no window starts in the padding, at most half its size"
EQUIVALENT: dict[str, dict[str, str]] = {
    "correlate2d": {
        "len(image[0]) - len(kernel[0]) + 1 → width = len(image[-1])": ALL_ROWS_ARE_EQUAL,
        "→ width = len(image[0]) - len(kernel[-1]) + 1": ALL_ROWS_ARE_EQUAL,
        "→ for j in range(len(kernel[-1]))": ALL_ROWS_ARE_EQUAL,
    },
    "conv2d": {
        "→ output = output[-1]": BATCH_OF_ONE,
        "→ P = np.zeros((N, C, H + 3 * py, W + 2 * px))": PADDING_IS_LARGER,
        "→ P = np.zeros((N, C, H + 2 * py, W + 3 * px))": PADDING_IS_LARGER,
    },
    "max_pool2d": {
        "→ output, indices = (output[-1], indices[0])": BATCH_OF_ONE,
        "→ output, indices = (output[0], indices[-1])": BATCH_OF_ONE,
        "→ if (OH - 1) * sy >= H + py:": NEVER_IN_PADDING,
        "→ if (OW - 1) * sx >= W + px:": NEVER_IN_PADDING,
    },
    "avg_pool2d": {
        "→ output = output[-1]": BATCH_OF_ONE,
        "→ if (OH - 1) * sy >= H + py:": NEVER_IN_PADDING,
        "→ if (OW - 1) * sx >= W + px:": NEVER_IN_PADDING,
    },
    "conv2d_backward": {
        "→ dX = dX[-1]": BATCH_OF_ONE,
        "→ P = np.zeros((N, C, H + 3 * py, W + 2 * px))": PADDING_IS_LARGER,
        "→ P = np.zeros((N, C, H + 2 * py, W + 3 * px))": PADDING_IS_LARGER,
    },
}
EQUIVALENT["convolve2d"] = EQUIVALENT["correlate2d"]


@pytest.mark.parametrize("name", names)
@pytest.mark.filterwarnings("ignore")  # mutants divide by zero
def test_no_mutant_of_a_right_solution_survives_unexplained(name: str) -> None:
    exercise = _exercise(name)
    survivors = [
        what for what, text in mutants(source(name)) if _survives(exercise, compiled(name, text))
    ]
    reasons = EQUIVALENT.get(name, {})
    assert [what for what in survivors if not any(part in what for part in reasons)] == []
    assert [part for part in reasons if not any(part in what for what in survivors)] == []


def _survives(exercise: Exercise, candidate: Any) -> bool:
    if exercise.name == "output_size":  # its mutants may loop for ever
        outcomes, _ = run(exercise, candidate, exercise.cases, lambda array: array, 0.5)
        answers = [outcome.got for outcome in outcomes]
        return len(answers) == len(exercise.cases) and all(
            agree(_right_answer(exercise, case), got, exercise)
            for case, got in zip(exercise.cases, answers, strict=True)
        )
    return all(_answers(exercise, candidate, case) for case in exercise.cases)


def _answers(exercise: Exercise, candidate: Any, case: Case) -> bool:
    values = list(case.arguments.items())
    given = [value for _, value in values[: exercise.required]]
    try:
        got = exercise.read(candidate(*given, **dict(values[exercise.required :])))
    except Exception:
        return False
    return agree(_right_answer(exercise, case), got, exercise)


def _right_answer(exercise: Exercise, case: Case) -> Any:
    return answer(exercise, exercise.reference, case)


@cache
def _all_answers(name: str) -> dict[tuple[str, int], list[Any]]:
    exercise = _exercise(name)
    return {
        (mistake.name, number): [answer(exercise, variant, case) for case in exercise.cases]
        for mistake in exercise.mistakes
        for number, variant in enumerate(mistake.variants)
    }


@pytest.mark.parametrize("name", names)
def test_every_variant_of_a_mistake_is_wrong_somewhere(name: str) -> None:
    exercise = _exercise(name)
    for variant, answers in _all_answers(name).items():
        rights = [
            right(made, _right_answer(exercise, case), exercise)
            for case, made in zip(exercise.cases, answers, strict=True)
        ]
        assert not all(rights), variant
        raised = {made.kind for made in answers if isinstance(made, Raised)}
        assert all(issubclass(error, ValueError | IndexError) for error in raised), variant


# Where these are all that can be seen, none of them is named.
ALIKE = {
    "conv2d": {frozenset({"first_filter_only", "images_filters_swapped"})},
    "output_size": {
        frozenset(
            {
                "floors_silently",
                "rounds_up_silently",
                "plus_one_before_dividing",
                "rounds_to_nearest",
                "too_large_kernel_accepted",
            }
        ),
    },
}


@pytest.mark.parametrize("name", names)
def test_no_two_mistakes_give_the_same_answers_to_any_kind_of_call(name: str) -> None:
    """Look at each group of calls from which a mistake may be named: all that ask for no more."""
    exercise = _exercise(name)
    for features in {case.features for case in exercise.cases}:
        group = [i for i, case in enumerate(exercise.cases) if case.features <= features]
        names_of = defaultdict(set)
        for (mistake, _), answers in _all_answers(name).items():
            chosen = [(answers[i], _right_answer(exercise, exercise.cases[i])) for i in group]
            if not all(right(made, expected, exercise) for made, expected in chosen):
                names_of[tuple(_signature(made) for made, _ in chosen)].add(mistake)
        for alike in names_of.values():
            known = ALIKE.get(name, set())
            assert len(alike) == 1 or any(alike <= group for group in known), (features, alike)


def _signature(made: Any) -> Any:
    if isinstance(made, Raised):
        return "raises"
    return tuple((part.shape, np.round(part, 6).tobytes()) for part in made)


@pytest.mark.parametrize("name", names)
def test_cases_are_small_and_asymmetric(name: str) -> None:
    for case in _exercise(name).cases:
        assert case.size <= 1000
        for array in case.arguments.values():
            if isinstance(array, np.ndarray):
                assert array.size < 2 or len(np.unique(array)) > 1
                assert np.array_equal(array, array.astype(np.float32))


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_some_pixels_are_0_and_some_maxima(name: str) -> None:
    inputs = [case.arguments["input"] for case in _exercise(name).cases]
    assert any((image == 0).any() and (image > 0).any() for image in inputs)
    assert any((image == 0).any() and (image < 0).any() for image in inputs)


@pytest.mark.parametrize("seed", range(20))
def test_sizes_rounded_up_are_those_of_pytorchs_pooling(seed: int) -> None:
    """With more padding than PyTorch allows, a right function could follow either of two rules."""
    exercise = _exercise("output_size")
    cases = [
        case
        for case in (*exercise.cases, *exercise.others([], seed))
        if case.arguments.get("rounding") == "ceil" and "refusals" not in case.features
    ]
    assert len(cases) > 20
    for case in cases:
        options = {"stride": 1, **case.arguments}
        del options["rounding"]
        image = zeros(1, *pair("size", options.pop("size")))
        pooled = F.max_pool2d(image, **options, ceil_mode=True)
        (sizes,) = exercise.read(exercise.reference(**case.arguments))
        assert np.broadcast_to(sizes, 2).tolist() == list(pooled.shape[1:])


# What a message may speak of only if the exercise asks for it.
WORDS = {
    "batch": ["batch", "images"],
    "ceil_mode": ["ceil"],
    "count_include_pad": ["count_include_pad"],
    "dilation": ["dilat"],
    "divisor_override": ["divisor_override"],
    "groups": ["group"],
    "padding": ["padding", "padded", "2P"],
    "pairs": [" pairs", "each pair"],
    "return_indices": ["return_indices", "Your indices"],
    "rounding": ["rounding", "'strict'", "'floor'", "'ceil'"],
    "stride": ["stride"],
}


def _features(cases: Iterable[Case]) -> frozenset[str]:
    return frozenset().union(*(case.features for case in cases))


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        (name, word)
        for name in names
        for word in WORDS
        if word in _features(_exercise(name).cases)
        and name != "receptive_field"  # whose layers have all arguments in any case
        # What could be said of strides, other mistakes explain as well: none of them is named.
        and (name, word) != ("output_size", "stride")
    ],
)
def test_no_message_speaks_of_what_the_exercise_leaves_out(name: str, left_out: str) -> None:
    exercise = _exercise(name)
    cases = exercise.restricted([left_out])
    places = [place for place, case in enumerate(exercise.cases) if case in cases]
    expected = [_right_answer(exercise, case) for case in cases]
    said = {}
    for mistake in exercise.mistakes:
        if any(
            not right(_all_answers(name)[mistake.name, number][place], wanted, exercise)
            for number in range(len(mistake.variants))
            for place, wanted in zip(places, expected, strict=True)
        ):
            said[mistake.name] = mistake.said(_features(cases))
    assert said
    assert [text for text in said.values() if any(word in text for word in WORDS[left_out])] == []
