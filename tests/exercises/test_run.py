import builtins
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.exercises import loops
from tests.run import finish, run

import cnnbook
from cnnbook import conv2d, correlate2d, max_pool2d, output_size
from cnnbook.exercises import _run, check

SECONDS = 0.3
ONE_AXIS = ["pairs", "dilation", "rounding"]


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a busy machine the time to end a thread."""
    monkeypatch.setattr(_run, "GRACE", 30)


def _crash(image: Any, kernel: Any) -> Any:
    count = len(kernel)
    return image[count - 99]


def _forever(image: Any, kernel: Any) -> Any:
    while True:
        pass


def test_a_crash_is_reported_with_its_type_its_line_and_the_call() -> None:
    result = check("correlate2d", _crash)
    line = _crash.__code__.co_firstlineno + 2
    assert result.mistake == "raises"
    assert f"raised IndexError in line {line}: return image[count - 99]" in result.message
    assert "out of bounds" in result.message
    assert result.call == "correlate2d(image, kernel)"
    assert "got: IndexError" in str(result)


def test_the_reader_s_own_line_is_reported_not_the_library_s() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        return np.einsum("ij,kl->il", image[:, :, None], kernel)

    line = candidate.__code__.co_firstlineno + 1
    assert (
        f"ValueError in line {line}: return np.einsum(" in check("correlate2d", candidate).message
    )


def test_a_crash_in_some_calls_only_is_shown_where_it_happens() -> None:
    def candidate(input: Any, weight: Any, groups: int = 1, **options: Any) -> Any:
        if groups > 1:
            raise NotImplementedError
        return conv2d(input, weight, **options)

    result = check("conv2d", candidate)
    assert result.mistake == "raises"
    assert result.call == "conv2d(input, weight, groups=2)"
    assert "NotImplementedError in line" in result.message


def test_arguments_that_are_missing_are_reported() -> None:
    result = check("conv2d", lambda input, weight: conv2d(input, weight))
    assert result.mistake == "raises"
    assert "unexpected keyword argument" in result.message
    assert "in line" not in result.message


@pytest.mark.parametrize("leave", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_leaving_the_program_is_a_crash_like_any_other(leave: type[BaseException]) -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        raise leave

    result = check("correlate2d", candidate)
    assert f"raised {leave.__name__}" in result.message


def test_an_exception_that_cannot_be_printed_is_a_crash_like_any_other() -> None:
    class Mute(Exception):  # noqa: N818 - that is the point
        def __str__(self) -> str:
            raise RuntimeError

    def candidate(image: Any, kernel: Any) -> Any:
        raise Mute

    assert "Your function raised Mute in line" in check("correlate2d", candidate).message


def test_endless_recursion_is_a_crash() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        return candidate(image, kernel)

    assert "RecursionError" in check("correlate2d", candidate).message


def test_an_endless_loop_is_stopped_in_time() -> None:
    before = threading.active_count()
    start = time.monotonic()
    result = check("correlate2d", _forever, time_limit=SECONDS)
    assert time.monotonic() - start < SECONDS + 30
    assert result.mistake == "too_slow"
    assert "no answer after 0.3 seconds" in result.message
    assert f"in line {_forever.__code__.co_firstlineno + 1}" in result.message or (
        f"in line {_forever.__code__.co_firstlineno + 2}: pass" in result.message
    )
    assert threading.active_count() == before


@pytest.mark.parametrize("caught", [Exception, BaseException])
def test_a_loop_that_catches_everything_is_stopped_too(caught: type[BaseException]) -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        while True:
            try:  # noqa: SIM105 - as a reader would write it
                image = image + 0
            except caught:
                pass

    before = threading.active_count()
    assert check("correlate2d", candidate, time_limit=SECONDS).mistake == "too_slow"
    assert threading.active_count() == before


BLOCKED = """
import threading, time
from cnnbook.exercises import check

free, returned = threading.Event(), threading.Event()

def candidate(image, kernel):
    free.wait(60)  # C code, which no exception reaches
    returned.set()

start = time.monotonic()
result = check("correlate2d", candidate, time_limit=0.3)
assert time.monotonic() - start < 30
assert result.mistake == "too_slow"
assert "free.wait(60)" in result.message
free.set()
for thread in threading.enumerate():
    if thread.daemon:
        thread.join(30)
assert not returned.is_set()  # the exception was waiting for it
print("left behind")
"""


def test_what_cannot_be_stopped_is_left_behind(tmp_path: Path) -> None:
    """In a process of its own, because coverage's tracing makes Python 3.11 wait for the thread."""
    script = tmp_path / "blocked.py"
    script.write_text(BLOCKED, "utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    end = finish(sys.executable, "-W", "error", script, environment=env)
    assert end == (0, "left behind\n", "")


def test_a_loop_in_one_call_only_is_shown_with_that_call() -> None:
    def candidate(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> Any:
        while padding:
            pass
        return output_size(size, kernel_size, stride)

    result = check("output_size", candidate, without=ONE_AXIS, time_limit=SECONDS)
    assert result.mistake == "too_slow"
    assert "padding=" in result.call


def test_an_interrupt_of_the_notebook_ends_the_check_and_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    join = threading.Thread.join
    interrupted: list[threading.Thread] = []

    def interrupt(thread: threading.Thread, timeout: float | None = None) -> None:
        if not interrupted:
            interrupted.append(thread)
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupt)
    with pytest.raises(KeyboardInterrupt):
        check("correlate2d", _forever)
    assert not interrupted[0].is_alive()


def test_what_grows_for_ever_is_stopped_before_the_memory_is_full() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        grown: list[Any] = []
        while True:
            grown.append(np.ones(10**5))

    before = threading.active_count()
    result = check("correlate2d", candidate, time_limit=60)
    assert result.mistake == "too_much_memory"
    assert "had taken 500 MB of memory without an answer and was stopped in line" in result.message
    assert threading.active_count() == before


def test_memory_is_measured_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    usual = _run._memory()

    def missing(*arguments: Any) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert _run._memory() == resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    assert _run._memory() == 0 < usual


STUBBORN = """
import time
from cnnbook.exercises import check

def candidate(image, kernel):
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass

print(check("correlate2d", candidate, time_limit=0.3).message)
"""


def test_of_a_loop_that_cannot_be_stopped_it_is_said_that_it_runs_on() -> None:
    """In a process of its own, which its end rids of the loop."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    out = run(sys.executable, "-c", STUBBORN, environment=env)
    assert "seconds and could not be stopped in line" in out
    assert "It is still running: restart the kernel to end it." in out


def test_the_limit_is_named_where_the_first_calls_took_some_of_it() -> None:
    calls = 0

    def candidate(image: Any, kernel: Any) -> Any:
        nonlocal calls
        calls += 1
        while calls > 17:  # which are made in any case
            pass
        return correlate2d(image, kernel)

    assert "no answer after 1 seconds" in check("correlate2d", candidate, time_limit=1).message


@pytest.mark.parametrize("limit", ["5", True, [1]])
def test_a_time_limit_that_is_no_number_is_refused(limit: Any) -> None:
    with pytest.raises(TypeError, match="time_limit must be a number of seconds, or None, but got"):
        check("correlate2d", correlate2d, time_limit=limit)


@pytest.mark.parametrize("limit", [None, float("inf"), 1e12, np.float32(60), np.int64(60)])
def test_there_may_be_no_time_limit(limit: float | None) -> None:
    assert check("correlate2d", correlate2d, time_limit=limit)


@pytest.mark.parametrize("limit", [0, -1.0, float("nan")])
def test_a_time_limit_that_leaves_no_time_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match=r"time_limit must be more than 0 seconds, or None, but"):
        check("correlate2d", correlate2d, time_limit=limit)


@pytest.fixture
def shell() -> Iterator[Any]:
    """A notebook's shell, without the notebook."""
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    hook = sys.displayhook
    yield interactive.InteractiveShell.instance(history_manager=None)
    interactive.InteractiveShell.clear_instance()
    sys.displayhook = hook


def test_exit_in_a_notebook_is_a_crash_like_any_other(
    shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[bool] = []
    monkeypatch.setattr(type(shell), "ask_exit", lambda shell: left.append(True), raising=False)

    def candidate(image: Any, kernel: Any) -> Any:
        return shell.ask_exit()  # what IPython's exit() and quit() call

    result = check("correlate2d", candidate)
    assert result.mistake == "raises"
    assert "raised SystemExit in line" in result.message
    assert left == []
    shell.ask_exit()
    assert left == [True]


def test_what_is_displayed_in_a_notebook_is_kept_out_of_it(
    shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    display = pytest.importorskip("IPython.display")
    published: list[Any] = []
    monkeypatch.setattr(shell.display_pub, "publish", lambda **all: published.append(all))

    def candidate(image: Any, kernel: Any) -> Any:
        display.display(display.HTML("<p>a picture</p>"))
        return correlate2d(image, kernel)

    assert check("correlate2d", candidate)
    assert published == []
    display.display(display.HTML("<p>another</p>"))
    assert len(published) == 1


def test_it_works_outside_the_main_thread() -> None:
    results = []

    def work() -> None:
        results.append(check("correlate2d", correlate2d))
        results.append(check("correlate2d", _forever, time_limit=SECONDS))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [result.mistake for result in results] == [None, "too_slow"]


def test_what_is_printed_is_kept_and_does_not_fail_a_right_solution(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        print("<b>kernel</b>", kernel.shape)
        print("to the other stream", file=sys.stderr)
        return correlate2d(image, kernel)

    streams = sys.stdout, sys.stderr
    result = check("correlate2d", candidate)
    assert result.passed
    assert result.printed.startswith("<b>kernel</b> (2, 2)\nto the other stream\n")
    assert len(result.printed) <= 1000
    assert "Your function printed: <b>kernel</b> (2, 2)" in str(result)
    assert "&lt;b&gt;kernel" in result._repr_html_()
    assert (sys.stdout, sys.stderr) == streams
    assert capsys.readouterr() == ("", "")


def test_printing_for_ever_fills_no_memory() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        while True:
            print("again")

    result = check("correlate2d", candidate, time_limit=SECONDS)
    assert result.mistake == "too_slow"
    assert len(result.printed) == 1000
    assert str(result).count("again") == 5 + ('print("again")' in result.message)
    assert f"was stopped in line {candidate.__code__.co_firstlineno + 1}" in result.message or (
        f'was stopped in line {candidate.__code__.co_firstlineno + 2}: print("' in result.message
    )


def test_printing_megabytes_keeps_the_beginning() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        print("x" * 10**6)
        return correlate2d(image, kernel)

    result = check("correlate2d", candidate)
    assert result.passed
    assert result.printed == "x" * 1000


def test_nobody_answers_a_question() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        return input("which?")

    ask = builtins.input
    result = check("correlate2d", candidate)
    assert "EOFError" in result.message
    assert builtins.input is ask


def test_a_warning_is_no_mistake() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        return correlate2d(image, kernel)

    assert check("correlate2d", candidate)


def test_the_state_of_numpy_s_errors_is_the_caller_s() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        return correlate2d(image, kernel) + np.isinf(np.float64(1.0) / np.zeros(1))[0] - 1

    with np.errstate(divide="ignore"):
        assert check("correlate2d", candidate)
    with np.errstate(divide="raise"):
        assert check("correlate2d", candidate).mistake == "raises"


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (None, "returned None. Is a return missing?"),
        ("text", "a str that holds no numbers"),
        ([[1.0], [2.0, 3.0]], "a list that is no array"),
        (object(), "an object that holds no numbers"),
        (np.zeros((2, 3), complex), "take the real part"),
        (np.ones((2, 3), bool), "its dtype is bool"),
        (np.broadcast_to(0.0, (10**6, 10**6)), "of shape (1000000, 1000000): far more numbers"),
        ((row for row in [[1.0]]), "a generator that holds no numbers"),
        (["text " * 1000], "a list that holds no numbers"),
    ],
)
def test_what_is_no_array_of_numbers_is_reported(returned: Any, said: str) -> None:
    result = check("correlate2d", lambda image, kernel: returned)
    assert result.mistake == "wrong_type"
    assert said in result.message
    assert "got: " in str(result)
    assert len(str(result)) < 1000


@pytest.mark.parametrize(
    ("exercise", "returned", "said"),
    [
        ("output_size", 5.0, "The division / gives a float, // does not"),
        ("output_size", None, "Is a return missing?"),
        ("output_size", True, "returned True, not a number"),
        ("output_size", "5", "a str, 5"),
        ("output_size", float("nan"), "a float, nan"),
        ("output_size", 10**400, "a whole number of more than 300 digits"),
        ("conv2d_backward", [1.0, 2.0], "a list of 2, not a tuple (input, weight, bias)"),
        ("conv2d_backward", 1.0, "a float, not a tuple"),
        ("receptive_field", 3, "an int, not a list with one entry for each layer"),
        ("receptive_field", [3], "a list with an int in it, not with (size, jump, start)"),
        ("receptive_field", [(3, 1, (0, 0, 0))], "neither a number nor a pair"),
        ("receptive_field", (3, 1, 1.0), "one (size, jump, start). There should be one for each"),
        ("receptive_field", ((3, 5), (1, 1), (1.0, 2.0)), "one (size, jump, start). There should"),
        ("receptive_field", np.zeros(3), "one (size, jump, start). There should be one for each"),
        ("conv2d_backward", np.zeros(2), "an ndarray, not a tuple (input, weight, bias)."),
    ],
)
def test_every_exercise_says_what_it_wants_back(exercise: str, returned: Any, said: str) -> None:
    def candidate(*arguments: Any, **options: Any) -> Any:
        return returned

    result = check(exercise, candidate)
    assert result.mistake == "wrong_type"
    assert said in result.message


def test_a_wrong_shape_is_reported_with_both_shapes() -> None:
    result = check("correlate2d", lambda image, kernel: correlate2d(image, kernel)[..., None])
    assert result.mistake == "wrong_shape"
    assert "got: the shape is 2×3×1, expected was 2×3" in str(result)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "name", ["correlate2d", "conv2d", "max_pool2d", "avg_pool2d", "conv2d_backward"]
)
def test_numbers_that_are_not_finite_are_wrong(name: str, number: float) -> None:
    def candidate(*arguments: Any, **options: Any) -> Any:
        right = getattr(loops, name)(*arguments, **options)
        for part in right if isinstance(right, tuple) else [right]:
            part.flat[-1] = number
        return right

    result = check(name, candidate)
    assert (result.passed, result.mistake) == (False, None)
    assert f"{number:g}*".replace("-", "−") in str(result)


def test_a_result_without_numbers_is_shown() -> None:
    result = check("correlate2d", lambda image, kernel: image[:0])
    assert result.mistake == "wrong_shape"
    assert "no numbers, the shape is (0, " in str(result)


def test_an_input_changed_in_place_is_reported_with_what_became_of_it() -> None:
    def candidate(input: Any, weight: Any, *rest: Any, **options: Any) -> Any:
        output = conv2d(input, weight, *rest, **options)
        input *= 2
        return output

    result = check("conv2d", candidate)
    assert result.mistake == "changes_input"
    assert "changes input in place" in result.message
    before, *_, after = result.tables
    assert (before.title, after.title) == ("input[0]", "input afterwards[0]")
    assert np.array_equal(after.numbers, 2 * before.numbers)
    assert after.wrong.all()


def test_changing_the_input_is_mentioned_beside_another_mistake() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        image[:] = 0
        return image

    result = check("correlate2d", candidate)
    assert result.mistake != "changes_input"
    assert "Besides, your function changes image in place" in result.message


def test_a_list_that_is_taken_apart_is_reported() -> None:
    def candidate(layers: list[Any]) -> Any:
        fields = loops.receptive_field(layers)
        layers.pop()
        return fields

    result = check("receptive_field", candidate)
    assert result.mistake == "changes_input"
    assert "layers afterwards: []" in str(result)


def test_a_refusal_on_purpose_is_not_taken_for_a_mistake() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        output = correlate2d(image, kernel)
        if output.shape[0] != output.shape[1]:
            raise IndexError("squares only")
        return output

    assert check("correlate2d", candidate).mistake == "raises"


def _one_too_far(image: Any, kernel: Any) -> Any:
    rows, columns = (n - f + 2 for n, f in zip(image.shape, kernel.shape, strict=True))
    output = np.zeros((rows, columns))
    for y, x in np.ndindex(rows, columns):
        raised = image[y : y + kernel.shape[0], x : x + kernel.shape[1]] * kernel
        output[y, x] = raised.sum()
    return output


def test_a_variable_s_name_makes_no_refusal() -> None:
    result = check("correlate2d", _one_too_far)
    assert result.mistake == "output_too_large", result


def _fields(layers: Any) -> list[list[Any]]:
    return [[field.size, field.jump, field.start] for field in cnnbook.receptive_field(layers)]


@pytest.mark.parametrize(
    "make",
    [np.array, torch.tensor, lambda fields: [np.array(field) for field in fields]],
    ids=["array", "tensor", "list of arrays"],
)
def test_fields_may_be_an_array(make: Callable[[Any], Any]) -> None:
    assert check("receptive_field", lambda layers: make(_fields(layers)))
    axis = check(
        "receptive_field",
        lambda layers: make([[part[0] for part in field] for field in _fields(layers)]),
        without="pairs",
    )
    assert axis, axis


@pytest.mark.parametrize("convert", [np.asarray, lambda part: part.tolist(), torch.as_tensor])
def test_maxima_and_indices_may_be_a_list(convert: Callable[[Any], Any]) -> None:
    def candidate(*arguments: Any, return_indices: bool = False, **options: Any) -> Any:
        maxima, indices = loops.max_pool2d(*arguments, **{**options, "return_indices": True})
        if return_indices:
            return [convert(maxima), convert(indices)]
        return [convert(part) for part in maxima]  # sometimes two images, or two maps

    result = check("max_pool2d", candidate)
    assert result, result


@pytest.mark.parametrize("number", [Fraction, Decimal])
def test_exact_numbers_are_numbers(number: Callable[[float], Any]) -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        output = correlate2d(image, kernel)
        return [[number(value) for value in row] for row in output.tolist()]

    assert check("correlate2d", candidate)


def test_a_pair_is_as_good_as_two_numbers_of_any_kind() -> None:
    def candidate(*arguments: Any, **options: Any) -> Any:
        return np.array(output_size(*arguments, **options), np.int32)

    assert check("output_size", candidate)


def test_a_tensor_with_a_gradient_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")

    def candidate(input: Any, *arguments: Any, **options: Any) -> Any:
        if not isinstance(input, torch.Tensor):
            raise TypeError("tensors only")
        input.add_(0)
        return torch.nn.functional.max_pool2d(input.requires_grad_(True), *arguments, **options)

    assert check("max_pool2d", candidate)
    assert check("max_pool2d", max_pool2d, without=["return_indices"])


def test_lists_come_last() -> None:
    seen: list[type] = []

    def candidate(image: Any, kernel: Any) -> Any:
        seen.append(type(image))
        assert isinstance(image, list)
        image.append([])  # changes what it was given
        image.pop()
        return correlate2d(image, kernel)

    assert check("correlate2d", candidate)
    assert seen[0] is np.ndarray
    assert seen[-1] is list


def test_a_list_that_is_made_ragged_is_reported() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        assert isinstance(image, list)
        output = correlate2d(image, kernel)
        image.append([1.0])
        return output

    result = check("correlate2d", candidate)
    assert result.mistake == "changes_input"
    assert "image afterwards: [[" in str(result)
