import json
import re
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from tests.exercises.edits import MISTAKES, Mistake, wrong

from cnnbook import conv2d, correlate2d, output_size, receptive_field
from cnnbook.exercises import _exercise, check, names


def _flipped(image: Any, kernel: Any) -> Any:
    return correlate2d(image, np.rot90(kernel, 2))


def test_a_result_is_true_if_passed() -> None:
    assert check("correlate2d", correlate2d)
    assert not check("correlate2d", _flipped)
    assert str(check("correlate2d", correlate2d)) == (
        "correlate2d: right.\n\nAll 18 answers are right, and so are those with other numbers."
    )


def test_the_counter_example_is_worked_out() -> None:
    result = check("correlate2d", lambda image, kernel: correlate2d(image, kernel) + 1)
    text = str(result)
    assert result.mistake is None
    tables = {table.title: table.numbers for table in result.tables}
    assert list(tables) == ["image", "kernel", "expected", "got"]
    image, kernel = tables["image"], tables["kernel"]
    (a, b), (c, d) = image[:2, :2]
    (v, w), (x, y) = kernel
    first = a * v + b * w + c * x + d * y
    assert tables["expected"][0, 0] == first
    assert all(table.wrong.all() for table in result.tables if table.title == "got")
    assert text.splitlines()[-1].startswith("expected[0, 0] = ")
    assert text.splitlines()[-1].endswith(f" = {first:g}".replace("-", "−"))
    assert repr(result) == text


@pytest.mark.parametrize(
    ("exercise", "name", "work"),
    [
        ("output_size", "plus_one_forgotten", "expected = (7 − 3)/1 + 1 = 5"),
        # three windows would start at 0, 5 and 10; the last pixel is 9
        (
            "output_size",
            "ceil_in_padding",
            "expected = (10 − 4)/5 + 1, with the fraction rounded by 'ceil', − 1, because "
            "the last window would start beyond the input, = 2",
        ),
        ("conv_parameters", "bias_forgotten", "expected = (5·5·3 + 1)·10 = 760"),
        ("conv_parameters", "groups_ignored", "expected = (3·3·12/4 + 1)·8 = 224"),
        ("receptive_field", "minus_one_forgotten", "expected size[0, 0] = 1 + (3 − 1)·1·1 = 3"),
        ("max_pool2d", "smallest", "= the largest of "),
        ("avg_pool2d", "not_divided", ")/4 = "),
        ("conv2d", "bias_forgotten", " + "),
        ("conv2d_backward", "sign_wrong", "expected input[0, 0, 0] = "),
        ("conv2d_backward", "weight_gradient_flipped", "expected weight[0, 0, 0, 0] = "),
        ("conv2d_backward", "bias_forgotten", "expected bias[0] = "),
    ],
)
def test_the_arithmetic_of_one_number_is_shown(exercise: str, name: str, work: str) -> None:
    mistake = next(m for m in MISTAKES if (m.exercise, m.name) == (exercise, name))
    result = check(exercise, wrong(mistake))
    assert result.mistake == name
    assert work in result.notes[-1]


@pytest.mark.parametrize("name", ["correlate2d", "convolve2d", "conv2d", "conv2d_backward"])
def test_the_sum_that_is_shown_gives_the_expected_number(name: str) -> None:
    exercise = _exercise(name)
    shown = 0
    for case in exercise.cases:
        for place, part in enumerate(exercise.read(exercise.reference(**case.arguments))):
            for index in np.ndindex(part.shape):
                work = exercise.work(case, place, index)
                if work:
                    shown += 1
                    value = eval(work.replace("·", "*").replace("−", "-"))  # noqa: S307
                    assert value == pytest.approx(part[index])
    assert shown > 100


def test_a_mean_of_one_pixel_has_no_double_brackets() -> None:
    exercise = _exercise("avg_pool2d")
    cases = [case for case in exercise.cases if case.arguments["kernel_size"] == 1]
    for case in cases:
        for index in np.ndindex(exercise.reference(**case.arguments).shape):
            assert re.fullmatch(r"\d/1|\(−\d\)/1", exercise.work(case, 0, index))
    assert cases


@pytest.mark.parametrize("name", names)
def test_every_message_is_a_whole_sentence(name: str) -> None:
    assert all(mistake.message[-1] in ".?!" for mistake in _exercise(name).mistakes)
    for returned in (None, "text", object(), 3.5, [[1, 2], [3]], ZeroDivisionError("by 0")):

        def candidate(*arguments: Any, returned: Any = returned, **options: Any) -> Any:
            if isinstance(returned, Exception):
                raise returned
            return returned

        message = check(name, candidate).message
        assert message[-1] in ".?!"
        assert message[-2] not in ".?!"


@pytest.mark.parametrize("seed", range(3))
def test_the_arithmetic_of_a_size_gives_what_is_expected(seed: int) -> None:
    exercise = _exercise("output_size")
    for case in (*exercise.cases, *exercise.others([], seed)):
        try:
            expected = np.atleast_1d(output_size(**case.arguments))
        except ValueError:
            continue
        pair = any(isinstance(value, tuple) for value in case.arguments.values())
        for axis, wanted in enumerate(expected):
            work = exercise.work(case, 0, (axis,) if pair else ())
            formula, *words = work.split(",")
            exact = eval(re.sub("·", "*", formula.replace("−", "-")))  # noqa: S307
            rounded = ceil(exact) if "'ceil'" in work else floor(exact)
            less = any("− 1" in word for word in words)
            assert rounded - less == wanted, work


def test_html_says_what_the_text_says_in_tables_that_can_be_read_out() -> None:
    result = check("conv2d", lambda *a, **options: conv2d(*a, **options) + 1)
    page: Any = BeautifulSoup(result._repr_html_(), "html.parser")
    tables = page.find_all("table")
    assert len(tables) == len(result.tables)
    for found, table in zip(tables, result.tables, strict=True):
        height, width = table.numbers.shape
        assert found.select_one("caption").get_text().startswith(table.title)
        assert [th["scope"] for th in found.select("thead th")] == ["col"] * width
        rows = found.select("tbody tr")
        assert [th["scope"] for row in rows for th in row.select("th")] == ["row"] * height
        cells = [[td.get_text() for td in row.find_all("td")] for row in rows]
        read = [[float(cell.rstrip("*").replace("−", "-")) for cell in row] for row in cells]
        assert np.allclose(read, table.numbers, rtol=1e-3)
        assert [["*" in cell for cell in row] for row in cells] == table.wrong.tolist()
        assert len(found.find_all("mark")) == table.wrong.sum()
    assert "(* is wrong)" in tables[-1].select_one("caption").get_text()
    assert page.select_one("code").get_text() == result.call
    for note in result.notes:
        assert note in page.get_text()


def test_everything_that_a_reader_wrote_is_escaped() -> None:
    def candidate(image: Any, kernel: Any) -> Any:
        print("<script>alert(1)</script>")
        raise ValueError("<img src=x onerror=alert(1)>")

    html = check("correlate2d", candidate)._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;img src=x" in html


def test_the_numbers_of_both_axes_are_shown_once_where_they_are_the_same() -> None:
    def without_jump(layers: Any) -> Any:
        fields, jump = [], 1
        for (_, stride, _, _), right in zip(layers, receptive_field(layers), strict=True):
            jump *= stride
            fields.append((right.size, jump, (0, 1)))
        return fields

    result = check("receptive_field", without_jump, without="pairs")
    columns = {table.title: table.numbers.shape[1] for table in result.tables}
    # The starts that were returned differ, so both of them are shown.
    assert columns == {
        **dict.fromkeys(["expected size", "expected jump", "expected start"], 1),
        **dict.fromkeys(["got size", "got jump"], 1),
        "got start": 2,
    }
    result = check("receptive_field", lambda layers: [(7, 1, 0)] * len(layers))
    assert "got size (* is wrong):\n  7*\n" in str(result)


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(mistake, id=f"{mistake.exercise}-{mistake.name}-{number}")
        for number, mistake in enumerate(MISTAKES)
        if mistake.exercise in ("max_pool2d", "conv2d") and mistake.name != "starts_too_high"
    ],
)
def test_large_numbers_are_shown_only_where_small_ones_do_not_tell(mistake: Mistake) -> None:
    tables = check(mistake.exercise, wrong(mistake)).tables
    shown = [table.numbers for table in tables if table.title.startswith(("input", "weight"))]
    assert all((np.abs(numbers) < 100).all() for numbers in shown)


def test_the_smallest_call_is_shown() -> None:
    result = check("conv2d", lambda input, *a, **o: conv2d(input, *a, **o) + 1)
    # a 3×4 image, a 2×2 kernel, and 2×3 numbers that are expected and got
    assert sum(table.numbers.size for table in result.tables) <= 12 + 4 + 6 + 6


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(mistake, id=f"{mistake.exercise}-{mistake.name}-{number}")
        for number, mistake in enumerate(MISTAKES)
        if mistake.exercise in ("correlate2d", "conv2d")
        and mistake.name not in ("axes_squeezed", "padding_in_total", "padding_mirrored")
    ],
)
def test_the_call_that_is_shown_has_rows_columns_and_little_padding(mistake: Mistake) -> None:
    result = check(mistake.exercise, wrong(mistake))
    shown = {t.title: t.numbers.shape for t in result.tables if "got" not in t.title}
    assert all(min(shape) >= 2 for title, shape in shown.items() if "bias" not in title), shown
    assert not re.search(r"padding=[2-9]", result.call)
    if result.notes and result.notes[-1].startswith("expected"):
        terms = result.notes[-1].partition(" = ")[2].rpartition(" = ")[0].split(" + ")
        assert not all(term.startswith("0·") for term in terms)


def test_where_only_wide_padding_shows_a_mistake_a_number_that_is_not_0_is_worked_out() -> None:
    made = {mistake.name: mistake for mistake in MISTAKES if mistake.exercise == "conv2d"}
    result = check("conv2d", wrong(made["padding_in_total"]))
    terms = result.notes[-1].partition(" = ")[2].rpartition(" = ")[0].split(" + ")
    assert not all(term.startswith("0·") for term in terms)


def test_of_many_maps_and_wide_ones_the_first_are_shown() -> None:
    def candidate(input: Any, weight: Any, *rest: Any, **options: Any) -> Any:
        output = conv2d(input, weight, *rest, **options)
        return np.full((9, 9, 2, 20), 7.0) if options.get("groups") else output

    result = check("conv2d", candidate)
    assert result.mistake == "wrong_shape"
    text = str(result)
    assert "got[0, 5], of 81 maps the first 6" in text
    assert "got[0, 6]" not in text
    assert all(line.endswith("7  …") for line in text.splitlines() if line.startswith("  7"))
    assert result._repr_html_().count("<td>…</td>") == 6 * 2


def test_a_notebook_gets_html_and_text() -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    result = check("correlate2d", _flipped)
    data, _ = formatters.DisplayFormatter().format(result)
    assert set(data) == {"text/plain", "text/html"}
    assert data["text/plain"] == str(result)
    json.dumps(data)
