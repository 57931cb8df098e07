from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.exercises import loops
from tests.exercises.styles import STYLES

import cnnbook
from cnnbook.exercises import check, names


@pytest.mark.parametrize("name", names)
@pytest.mark.parametrize("module", [loops, cnnbook])
def test_loops_and_the_package_s_own_functions_pass(name: str, module: Any) -> None:
    result = check(name, getattr(module, name), time_limit=60)
    assert result, result
    assert (result.mistake, result.tables) == (None, ())


@pytest.mark.parametrize(
    ("name", "candidate"),
    [
        pytest.param(name, style, id=f"{name}-{number}-{style.__name__}")
        for name, styles in STYLES.items()
        for number, style in enumerate(styles)
    ],
)
def test_right_solutions_pass_however_they_are_written(
    name: str, candidate: Callable[..., Any]
) -> None:
    result = check(name, candidate, time_limit=60)  # on a busy machine, too
    assert result, result


def test_options_that_an_exercise_leaves_out_need_not_be_there() -> None:
    def conv2d(input: Any, weight: Any, stride: int = 1) -> Any:
        return cnnbook.conv2d(input, weight, stride=stride)

    assert not check("conv2d", conv2d)
    assert check("conv2d", conv2d, without=["bias", "padding", "dilation", "groups"])


def test_a_single_image_of_one_channel_is_enough_if_the_exercise_says_so() -> None:
    def conv2d(input: Any, weight: Any) -> Any:
        assert np.shape(input)[0] == np.shape(weight)[0] == 1
        return [loops.correlate2d(input[0], weight[0][0])]

    left_out = ["batch", "bias", "channels", "dilation", "filters", "padding", "stride"]
    assert check("conv2d", conv2d, without=left_out)


def test_what_is_left_out_has_to_be_known() -> None:
    with pytest.raises(ValueError, match=r"without must name some of batch, .* but got strides"):
        check("conv2d", cnnbook.conv2d, without=["strides", "groups"])
    with pytest.raises(ValueError, match="no call of conv2d is left without batch, unbatched"):
        check("conv2d", cnnbook.conv2d, without=["batch", "unbatched"])
    with pytest.raises(TypeError, match="without must be names of what to leave out, but got 3"):
        check("conv2d", cnnbook.conv2d, without=3)  # type: ignore[arg-type]
    assert check("conv2d", cnnbook.conv2d, without="groups")


def test_the_exercise_has_to_be_known_and_the_candidate_a_function() -> None:
    with pytest.raises(ValueError, match=r"name must be one of output_size, .* but got 'conv3d'"):
        check("conv3d", cnnbook.conv2d)
    with pytest.raises(ValueError, match=r"name must be one of .* but got \['conv2d'\]"):
        check(["conv2d"], cnnbook.conv2d)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="candidate must be a function, but got ndarray"):
        check("conv2d", np.zeros(3))  # type: ignore[arg-type]
