"""What questions know: answers against PyTorch's, the page's arithmetic against Python's."""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import traitlets

from cnnbook.widgets import Predict
from cnnbook.widgets.base import assemble
from cnnbook.widgets.questions import KINDS, LAYOUTS, fill, placeholders, show

from .claims import CHANGED, SAID
from .questions import INPUT, POOLED, QUESTIONS, WEIGHT, Numbers, answer, impossible

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RUN = Path(__file__).with_name("run_questions.js").read_text("utf-8")
DRAWS = 25
ASKED = [(kind, numbers, axes) for kind, numbers in QUESTIONS for axes in LAYOUTS]


def _address(module: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(assemble(module).encode()).decode()


def _exact(value: Any) -> Any:
    return value if isinstance(value, list) else Fraction(str(value))


@pytest.fixture(scope="module")
def drawn(browser: Browser) -> dict[str, list[dict[str, Any]]]:
    """What the page draws and computes for each question, the first being the given one."""
    page = browser.new_page()
    page.goto("about:blank")
    page.evaluate("address => { globalThis.textsAddress = address; }", _address("question-texts"))
    cases = [[kind, numbers, axes, DRAWS] for kind, numbers, axes in ASKED]
    results = page.evaluate(RUN, [_address("questions"), cases])
    page.close()
    return {
        json.dumps(asked, sort_keys=True): result
        for asked, result in zip(ASKED, results, strict=True)
    }


def _name(asked: tuple[str, Numbers, str]) -> str:
    kind, numbers, axes = asked
    return f"{kind}-{len(numbers)}-{axes}"


@pytest.mark.browser
@pytest.mark.parametrize("asked", ASKED, ids=_name)
def test_page_and_python_agree(
    drawn: dict[str, list[dict[str, Any]]], asked: tuple[str, Numbers, str]
) -> None:
    name, numbers, axes = asked
    kind = KINDS[name]
    seen = set()
    for case in drawn[json.dumps(asked, sort_keys=True)]:
        values = kind.values(case["drawn"], axes)
        theirs = dict(case["values"])
        for key, value in values.items():
            close = pytest.approx(value) if isinstance(value, float) else value
            assert theirs.pop(key) == close, key
        assert theirs == {}
        mistakes = [text for name, text in kind.mistakes.items() if name in values]
        texts = [kind.question, kind.why, *kind.hints, *kind.solution, *mistakes]
        assert case["possible"]
        assert case["words"] == [fill(text, values) for text in texts]
        assert set(case["drawn"]) == set(numbers)
        seen.add(json.dumps(case["drawn"]))
    assert len(seen) > 3


@pytest.mark.browser
@pytest.mark.parametrize("asked", ASKED, ids=_name)
def test_drawn_questions_have_pytorchs_answer_and_tell_mistakes_apart(
    drawn: dict[str, list[dict[str, Any]]], asked: tuple[str, Numbers, str]
) -> None:
    name = asked[0]
    for case in drawn[json.dumps(asked, sort_keys=True)]:
        assert _exact(case["values"]["answer"]) == answer(name, case["drawn"])
    for case in drawn[json.dumps(asked, sort_keys=True)][1:]:
        values, replies = case["values"], KINDS[name].mistakes
        known = {json.dumps(values["answer"]): "right"}
        for mistake in case["replies"]:
            wrong, reply = json.dumps(values[mistake]), json.dumps(replies[mistake])
            assert known.setdefault(wrong, reply) == reply, (mistake, case["drawn"])


@pytest.mark.browser
@pytest.mark.parametrize("asked", [asked for asked in ASKED if "row" in asked[1]], ids=_name)
def test_a_drawn_place_can_be_mistaken_as_the_given_one_can(
    drawn: dict[str, list[dict[str, Any]]], asked: tuple[str, Numbers, str]
) -> None:
    given, *others = drawn[json.dumps(asked, sort_keys=True)]
    for case in others:
        assert set(given["replies"]) <= set(case["replies"]), case["drawn"]
    assert len({(case["drawn"]["row"], case["drawn"]["column"]) for case in others}) > 1


@pytest.mark.browser
@pytest.mark.parametrize("claim", [*CHANGED, *SAID], ids="-".join)
def test_what_a_reply_claims_is_true(
    drawn: dict[str, list[dict[str, Any]]], claim: tuple[str, str]
) -> None:
    """Of each question that was drawn, and each that the list asks."""
    name, mistake = claim
    made = 0
    for asked in ASKED:
        for case in drawn[json.dumps(asked, sort_keys=True)] if asked[0] == name else []:
            numbers, values = case["drawn"], case["values"]
            if mistake not in values:
                continue
            made += 1
            wrong = values[mistake]
            if claim in CHANGED:
                right = answer(name, {**numbers, **CHANGED[claim]})
                if isinstance(wrong, float):
                    assert wrong == pytest.approx(right), numbers
                else:
                    assert _exact(wrong) == right, numbers
            else:
                said = SAID[claim](numbers, wrong)
                reply = fill(KINDS[name].mistakes[mistake], values)
                assert said is not None, (reply, numbers)
                assert said in reply, numbers
    assert made > 5


@pytest.mark.parametrize(("kind", "numbers"), QUESTIONS)
def test_a_question_has_its_beginning_and_its_end(kind: str, numbers: Numbers) -> None:
    parts = KINDS[kind].question
    asked = fill(parts, Predict(kind, **numbers).values)
    assert asked.startswith(parts[0].split("{")[0])
    assert asked.endswith(parts[-1].split("}")[-1])


@pytest.mark.browser
@pytest.mark.parametrize("asked", ASKED, ids=_name)
def test_drawn_counts_can_be_worked_out_by_hand(
    drawn: dict[str, list[dict[str, Any]]], asked: tuple[str, Numbers, str]
) -> None:
    given, *others = (case["values"]["answer"] for case in drawn[json.dumps(asked, sort_keys=True)])
    if isinstance(given, int):
        assert all(not isinstance(number, int) or number <= max(10**6, given) for number in others)


@pytest.mark.parametrize("axes", LAYOUTS)
@pytest.mark.parametrize(("kind", "numbers"), QUESTIONS)
def test_the_solution_says_nothing_twice_and_reckons_rightly(
    kind: str, numbers: Numbers, axes: str
) -> None:
    values = KINDS[kind].values(numbers, axes)
    lines = [fill(line, values) for line in (*KINDS[kind].solution, KINDS[kind].why)]
    formulas = [found for line in lines for found in FORMULA.findall(line)]
    assert len(set(formulas)) == len(formulas)
    assert sum(show(values["answer"], axes) in line for line in lines) >= 1
    for left, result in formulas:
        # What is computed from letters as well, such as N + 2P, is left out by the expression.
        assert _reckoned(left) == pytest.approx(_reckoned(result)), (left, result)


FORMULA = re.compile(r"((?:\(|−|\d)[\d()+−·/,. ]*[+−·/][\d()+−·/,. ]*) = (−?[\d,.]*\d(?:/\d+)?)")


def _reckoned(text: str) -> float:
    value = eval(re.sub(",", "", text).replace("·", "*").replace("−", "-"))  # noqa: S307
    return float(value)


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("output shape", {"in_channels": 1, "input_size": 5, "out_channels": 1, "kernel_size": 3}),
        ("parameters", {"in_channels": 1, "out_channels": 1, "kernel_size": 3}),
        ("pooled shape", {"in_channels": 1, "input_size": 4, "kernel_size": 2}),
        ("fully connected parameters", {"in_channels": 1, "input_size": 5, "out_features": 1}),
        ("fully connected as convolution", {"in_channels": 1, "input_size": 5, "out_features": 1}),
        ("multiply-adds", {"in_channels": 1, "input_size": 5, "out_channels": 1, "kernel_size": 3}),
    ],
)
def test_of_one_the_singular_is_used(kind: str, numbers: Numbers) -> None:
    values = KINDS[kind].values(numbers, "(C, H, W)")
    made = [text for name, text in KINDS[kind].mistakes.items() if name in values]
    texts = [KINDS[kind].question, KINDS[kind].why, *KINDS[kind].solution, *made]
    said = "\n".join(fill(text, values) for text in texts)
    assert not re.search(r"\b1 (filters|channels|maps|neurons)|(the|each|all) (of the )?1 ", said)


@pytest.mark.parametrize("axes", LAYOUTS)
@pytest.mark.parametrize("kind", ["output shape", "pooled shape"])
def test_the_question_names_the_layout_that_it_asks_for(kind: str, axes: str) -> None:
    numbers = next(numbers for name, numbers in QUESTIONS if name == kind)
    assert f"the shape of the output, as {axes}?" in Predict(kind, axes=axes, **numbers).still()


def test_a_side_that_is_divided_by_the_stride_is_rounded_up() -> None:
    """Of 31 and 47 pixels, 15.5 and 23.5 pairs; (31 − 3)/2 + 1 = 15 windows fit, and 23."""
    predict = Predict("pooled shape", in_channels=20, input_size=(31, 47), kernel_size=3, stride=2)
    assert predict.values["answer"] == [20, 15, 23]
    assert predict.values["divided"] == [20, 16, 24]
    assert predict.reply("divided").startswith(
        "You divided the sides by the stride and rounded up."
    )


@pytest.mark.parametrize(("kind", "numbers"), QUESTIONS)
def test_the_answer_is_pytorchs(kind: str, numbers: Numbers) -> None:
    assert _exact(Predict(kind, **numbers).values["answer"]) == answer(kind, numbers)


@pytest.mark.parametrize("name", KINDS)
def test_every_mistake_can_be_made(name: str) -> None:
    """Each reply is used by a question of this list, and names only what is known there."""
    made = {
        mistake
        for kind, numbers in QUESTIONS
        for axes in LAYOUTS
        for mistake in KINDS[name].mistakes
        if kind == name and mistake in KINDS[name].values(numbers, axes)
    }
    assert made == set(KINDS[name].mistakes)


@pytest.mark.parametrize(("kind", "numbers"), QUESTIONS)
def test_replies_name_only_what_is_known(kind: str, numbers: Numbers) -> None:
    """A reply has a part that is shown, and whatever is named without a choice is known."""
    values = KINDS[kind].values(numbers, "(C, H, W)")
    for mistake, text in KINDS[kind].mistakes.items():
        if mistake in values:
            assert placeholders(text[0]) <= set(values)
            assert fill(text, values)[-1] in ".:)"


def test_the_lectures_words() -> None:
    """Computed by hand: (7 − 3)/3 + 1 = 7/3; 5·5·3 + 1 = 76, times 10; one-sided 32 + 2."""
    stride = Predict("output size", input_size=7, kernel_size=3, stride=3)
    assert (stride.values["answer"], stride.values["also"]) == ("7/3", "unfit")
    assert stride.values["floor"] == 2
    assert "it does not fit: (7 − 3)/3 + 1 = 7/3." in stride.reply("floor")
    layer = Predict("parameters", in_channels=3, out_channels=10, kernel_size=5)
    assert layer.values["answer"] == 760
    assert layer.reply("bias_forgotten") == "You forgot the bias: 76 per filter, not 75."
    padded = Predict(
        "output shape", in_channels=3, input_size=32, out_channels=10, kernel_size=5, padding=2
    )
    assert padded.values["padding_once"] == [10, 30, 30]
    assert padded.reply("padding_once") == (
        "You added the padding on one side only: P counts per side."
    )
    assert padded.values["order"] == [32, 10, 32]


@pytest.mark.parametrize(
    ("kind", "numbers", "message"),
    [
        ("size", {}, "kind"),
        ("output size", {"input_size": 7}, "takes the numbers input_size, kernel_size"),
        ("output size", {"input_size": 7, "kernel_size": 3, "depth": 3}, "but got .*depth"),
        ("output size", {"input_size": 2, "kernel_size": 3}, "more than the input"),
        ("output size", {"input_size": 7, "kernel_size": 3, "stride": 0}, "stride must be"),
        ("output size", {"input_size": "7", "kernel_size": 3}, "no answer"),
        (
            "pooled shape",
            {"in_channels": 3, "input_size": 7, "kernel_size": 2},
            "no answer with the numbers",
        ),
        (
            "pooled value",
            {"input": POOLED, "kernel_size": 2, "row": 2, "column": 0},
            "no answer",
        ),
        (
            "pooled value",
            {"input": POOLED, "kernel_size": 2, "row": 0, "column": 0, "pool": "min"},
            "pool must be 'max' or 'average'",
        ),
        (
            "one output",
            {"input": INPUT, "weight": WEIGHT, "row": 5, "column": 0},
            "row 5, column 0 lies outside of an output of 3×3",
        ),
        (
            "pooled value",
            {"input": POOLED, "kernel_size": 2, "row": 0, "column": 2},
            "row 0, column 2 lies outside of an output of 2×2",
        ),
        (
            "one output",
            {"input": [[1, 2], [3]], "weight": WEIGHT, "row": 0, "column": 0},
            "input must be a block of numbers, but its rows differ in length",
        ),
        (
            "one output",
            {"input": INPUT, "weight": [["1"]], "row": 0, "column": 0},
            "weight must hold numbers",
        ),
        ("receptive field", {"layers": []}, "layers must be a list of at least one layer"),
        ("receptive field", {"layers": [3]}, r"layers\[0\] must be \[kernel_size\] or"),
        ("receptive field", {"layers": [[3], []]}, r"layers\[1\] must be \[kernel_size\] or"),
    ],
)
def test_python_refuses_what_has_no_answer(kind: str, numbers: Numbers, message: str) -> None:
    with pytest.raises(traitlets.TraitError, match=message):
        Predict(kind, **numbers)


@pytest.mark.parametrize(("kind", "name", "value"), impossible())
def test_a_number_that_cannot_be_is_named(kind: str, name: str, value: Any) -> None:
    numbers = next(numbers for other, numbers in QUESTIONS if other == kind and name in numbers)
    with pytest.raises(traitlets.TraitError, match=rf"has no answer: .*\b{name}\b"):
        Predict(kind, **{**numbers, name: value})


@pytest.mark.parametrize(("kind", "numbers"), QUESTIONS)
def test_numpys_numbers_are_numbers(kind: str, numbers: Numbers) -> None:
    given = {name: _in_numpy(number) for name, number in numbers.items()}
    assert Predict(kind, **given).html() == Predict(kind, **numbers).html()


def _in_numpy(number: Any) -> Any:
    """Return a number of a question as NumPy's; texts and rows of different lengths stay."""
    with suppress(ValueError):
        return np.array(number)[()] if not isinstance(number, str) else number
    return number


def test_own_words_may_name_what_is_known_only() -> None:
    own = "With `stride={stride}`, how many of {input_size}?"
    predict = Predict("output size", own, input_size=7, kernel_size=3, stride=2)
    assert "With <code>stride=2</code>, how many of 7?" in predict.html()
    with pytest.raises(traitlets.TraitError, match="question names depth"):
        Predict("output size", "{depth}?", input_size=7, kernel_size=3)


def test_new_numbers_from_the_page_are_computed_in_python_too() -> None:
    predict = Predict("output size", input_size=7, kernel_size=3, stride=3)
    predict.numbers = {"input_size": 9, "kernel_size": 3, "stride": 3}
    assert predict.values["answer"] == 3
    with pytest.raises(traitlets.TraitError):
        predict.numbers = {"input_size": 9}
    assert predict.values["answer"] == 3
