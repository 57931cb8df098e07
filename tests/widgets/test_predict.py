"""Questions as a reader answers them: each known mistake, and all else that can be typed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from tests.book import assert_none

from cnnbook.widgets import Predict
from cnnbook.widgets.base import style
from cnnbook.widgets.questions import KINDS, LAYOUTS
from cnnbook_site.progress import SCRIPT, markup

from .conftest import COPYING, PHONE, Open, Visit
from .harness import NO_STORAGE, build_page
from .questions import INPUT, POOLED, QUESTIONS, WEIGHT, Numbers, answer, impossible
from .test_figures import IN_JUPYTER, _axe

SIZE: Numbers = {"input_size": 7, "kernel_size": 3, "stride": 3}
SHAPE: Numbers = {
    "in_channels": 3,
    "input_size": 32,
    "out_channels": 10,
    "kernel_size": 5,
    "padding": 2,
}
WIDE: Numbers = {"in_channels": 6, "input_size": [14, 22], "out_channels": 16, "kernel_size": 5}
COUNTED: Numbers = {
    "in_channels": 6,
    "input_size": 15,
    "out_channels": 16,
    "kernel_size": 5,
    "stride": 2,
    "padding": 2,
}
LAYER: Numbers = {"in_channels": 3, "out_channels": 10, "kernel_size": 5}

ASK = """([name, text]) => {
  const figure = document.getElementById(name);
  if (!figure?.hasAttribute("data-mounted")) return null;
  figure.querySelector(".form input").value = text;
  figure.querySelector(".form button").click();
  return ["status", "alert"].map((role) => (
    figure.querySelector(`[role=${role}]`).textContent.replaceAll("\\u00a0", " ")));
}"""


def ask(visit: Visit, text: str, name: str = "predict-1") -> tuple[str, str]:
    """Type an answer and return the reply and the message."""
    said = visit.page.evaluate(ASK, [name, text])
    if said is None:
        visit.figure(name)
        said = visit.page.evaluate(ASK, [name, text])
    return said[0], said[1]


def typed(value: Any, predict: Predict) -> str:
    """Return a value as a reader of the question would type it."""
    if value == "unfit":
        return "it doesn't fit"
    if not isinstance(value, list):
        return str(value)
    is_volume = KINDS[predict.kind].answer == "volume"
    order = LAYOUTS[predict.axes] if is_volume else range(len(value))
    return "x".join(str(value[axis]) for axis in order)


@pytest.fixture(scope="module")
def asked(open_for_module: Open) -> tuple[Visit, list[Predict]]:
    """All questions of the list on one page, every other one in PyTorch's order."""
    figures = [
        Predict(kind, axes=list(LAYOUTS)[index % 2], **numbers)
        for index, (kind, numbers) in enumerate(QUESTIONS)
    ]
    return open_for_module(*figures), figures


@pytest.mark.browser
@pytest.mark.parametrize("index", range(len(QUESTIONS)))
def test_every_known_mistake_is_named_and_the_right_answer_explained(
    asked: tuple[Visit, list[Predict]], index: int
) -> None:
    visit, figures = asked
    name, predict = f"predict-{index + 1}", figures[index]
    known = [name for name in KINDS[predict.kind].mistakes if name in predict.values]
    assert known
    for mistake in known:
        wrong = predict.values[mistake]
        reply, message = ask(visit, typed(wrong, predict), name)
        assert message == ""
        if wrong == predict.values["answer"]:
            assert reply.startswith("Right. "), (mistake, predict.numbers)
        else:
            assert predict.reply(mistake) in reply, (mistake, predict.numbers)
            assert reply.startswith("Not quite. ")
    expected = answer(predict.kind, predict.numbers)
    reply, message = ask(visit, typed(expected, predict), name)
    assert (reply[:7], message) == ("Right. ", "")
    assert visit.page.locator(f"#{name} .solved").text_content() == "solved"
    assert visit.errors == []


READ = [
    Predict("parameters", in_channels=64, out_channels=28, kernel_size=1, bias=False),  # 1,792
    Predict("output shape", **SHAPE),  # 32×32×10
    Predict("output shape", axes="(C, H, W)", **SHAPE),
    Predict("output size", **SIZE),  # 7/3
    Predict("output size", input_size=7, kernel_size=3),  # 5
    Predict("pooled value", input=POOLED, kernel_size=2, row=0, column=1, pool="average"),  # 5.5
    Predict("fully connected as convolution", in_channels=512, input_size=7, out_features=4096),
    Predict("one output", input=INPUT, weight=[[-1, 0], [0, -2]], row=0, column=0),  # −3
    Predict("multiply-adds", **COUNTED),  # 8·8·16·5·5·6 = 153,600
    Predict("parameters", in_channels=16, out_channels=24, kernel_size=3),  # 24·145 = 3,480
    Predict("output shape", axes="(C, H, W)", **WIDE),  # (16, 10, 18)
    Predict("output shape", **WIDE),
]


@pytest.fixture(scope="module")
def read(open_for_module: Open) -> Visit:
    return open_for_module(*READ)


#: By the number of the question above, ways to type its right answer.
READINGS: dict[int, tuple[str, ...]] = {
    1: (
        *("1792", "1,792", "1 792", "1.792", "1’792", "1_792", "1\u202f792", "1792.", "1792.0"),
        *(
            "1.792e3",
            "1,792.0",
            "1 792,0",
            "1728 + 64",
            "1792 parameters",
            "= 1792",
            "K = 1792",
            "+1792",
            "about 1792",
            "64·28",
            "64 * 28",
            "(27 + 1)·64",
            "64·27 + 64",
            "(3·3·3+1) x 64",
            "64 * (28 - 0)",
        ),
        *("１７９２", "١٧٩٢", "१७९२"),
    ),
    2: (
        *("32x32x10", "32×32×10", "32 * 32 * 10", "32X32X10", "32 x 32 x 10", "32 by 32 by 10"),
        *("32 32 10", "(32, 32, 10)", "[32,32,10]", "32;32;10", "10@32x32", "32 x 32, 10 maps"),
        *("10 maps of 32×32", "32x32 with 10 channels", "(32×32, 10 channels)"),
    ),
    3: (
        *("(10, 32, 32)", "10 32 32", "[10,32,32]", "torch.Size([10, 32, 32])", "10x32x32"),
        *("10@32x32", "32 x 32, 10 maps", "(1, 10, 32, 32)", "shape = (10, 32, 32)", "10, 32, 32."),
    ),
    4: (
        *("7/3", "7 / 3", "7⁄3", "2 1/3", "2⅓", "2.33", "2,333", "14/6", "(7/3)"),
        *("does not fit", "It doesn’t fit.", "doesn't fit", "impossible", "no", "none"),
        *(
            "7/3, so it does not fit",
            "Not a whole number",
            "not an integer",
            "4/3+1",
            "4/3 + 1",
            "(7−3)/3+1",
        ),
        *("4/3+1 = 7/3", "(7 - 3)/3 + 1 = 7/3", "7/3 = 2.33", "7/3 ≈ 2.33", "It does not fit: 7/3"),
        *(
            "2.33 is not whole",
            "2 1/3 – not possible",
            "no, that is impossible",
            "No, it won't fit",
        ),
        *("The windows do not fit a whole number of times", "there is no such number", "unfit"),
        *("it does not", "error", "No."),
    ),
    5: ("5", "5x5", "5 × 5", "(5, 5)", "5 px", "5 pixels", "  5  ", "5.0"),
    6: ("5.5", "5,5", "11/2", "5 1/2", "5½", "22/4"),
    7: ("(4096, 512, 7, 7)", "4096 512 7 7", "4096x512x7x7", "4,096×512×7×7"),
    8: ("-3", "−3", "–3", "- 3", "－3", "minus 3", "Negative  3", "−5 + 2 = −3"),
    9: (
        *("153600 multiply-adds", "153600 multiply adds", "153,600 multiply–adds", "153600 MACs"),
        *("153.6 thousand", "153.6k", "153.6 K", "153,6 k", "0.1536 million", "0.1536 M"),
        "8·8·16·5·5·6 = 153,600",
    ),
    10: (
        *("3·3·16·24 + 24 = 3480", "24(9·16+1)", "24(145)", "(9·16+1)(24)", "3,456 + 24", "58×60"),
        *("3.48 k", "3.48 thousand parameters", "K = 3480", "3480 =", "3480 = K"),
    ),
    11: (
        *("H=10, W=18, C=16", "height 10, width 18, depth 16", "(H, W, C) = (10, 18, 16)"),
        *("10 rows, 18 columns, 16 filters", "18 wide, 10 high, 16 deep", "10x18x16 (H×W×C)"),
        *("16 maps, 10×18", "(16, 10×18)", "10×18, 16", "16 × (10 × 18)", "10x18 depth 16"),
        *("10 × 18 × 16 channels", "16 channels, 10, 18", "C: 16, H: 10, W: 18", "16, 10, 18"),
    ),
    12: (
        *("C=16, H=10, W=18", "(C, H, W) = (16, 10, 18)", "16 maps, 10×18", "(16, 10×18)"),
        *("depth 16, height 10, width 18", "10×18×16", "10, 18, 16"),
    ),
}


@pytest.mark.browser
@pytest.mark.parametrize(
    ("number", "text"), [(number, text) for number, texts in READINGS.items() for text in texts]
)
def test_answers_are_read_as_what_they_mean(read: Visit, number: int, text: str) -> None:
    reply, message = ask(read, text, f"predict-{number}")
    assert (reply[:7], message) == ("Right. ", "")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("number", "text", "words"),
    [
        (4, "not a problem, 2 windows fit", "That is the floor"),
        (4, "7/3 = 2", "That is the floor"),
        (4, "No, it fits: 3", "You rounded up"),
        (4, "It fits, no pixel is unread: 2 whole windows", "That is the floor"),
        (4, "3 windows, all whole", "You rounded up"),
        (5, "it does not fit", "it does fit"),
        (9, "9.6k", "That is one filter"),
        (11, "H=18, W=10, C=16", "You swapped height and width"),
        (11, "10, 18, 16", "the right numbers in another order"),
        (12, "16×10×18", "the right numbers in another order"),
    ],
)
def test_words_around_a_wrong_number_do_not_make_it_right(
    read: Visit, number: int, text: str, words: str
) -> None:
    reply, message = ask(read, text, f"predict-{number}")
    assert reply.startswith("Not quite. ")
    assert words in reply
    assert message == ""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("number", "text", "words"),
    [
        (4, "no it fits", "cannot be read"),
        (4, "no problem, it works", "cannot be read"),
        (4, "not impossible", "cannot be read"),
        (4, "it does not fit, but PyTorch says 2", "cannot be read"),
        (5, "5, so it does not fit", "cannot be read"),
        (5, "5 (4 does not work)", "cannot be read"),
        (5, "5 windows, not 4, so it fits", "The answer is a number, or “does not fit”."),
        (10, "58 60", "The answer is a number."),
        (10, "3,456 weights and 24 biases", "The answer is a number."),
        (10, "3480 (3456+24)", "cannot be read"),
        (11, "28x28 maps, 6 kilobytes", "cannot be read"),
        (1, "", "Type an answer first."),
        (1, "   ", "Type an answer first."),
        (1, "a lot", "“a lot” cannot be read as an answer. Type something like 123."),
        (1, "<b>1792</b>", "cannot be read"),
        (1, "17e", "cannot be read"),
        (1, "64·(27+1", "cannot be read"),
        (1, "64·27+", "cannot be read"),
        (1, "64 27+64", "cannot be read"),
        (1, "1/0+1", "cannot be read"),
        (2, "many", "Type something like 98×76×5."),
        (2, "28x28, 6 kilobytes", "cannot be read"),
        (3, "many", "Type something like (5, 98, 76)."),
        (4, "who knows", "Type something like 123, 7/2 or “does not fit”."),
        (7, "many", "Type something like (5, 7, 98, 76)."),
        (1, "12^2", "cannot be read"),
        (1, "12²", "cannot be read"),
        (1, "1/0", "cannot be read"),
        (1, "does not fit", "The answer is a number."),
        (1, "1792" * 5000, "That is too long to be an answer: “179217921792…”"),
        (1, "9 " * 50, "That is too long"),
        (2, "32", "The answer has three numbers: height×width×depth."),
        (2, "32x32", "The answer has three numbers"),
        (3, "it does not fit", "The answer has three numbers: (C, H, W)."),
        (5, "5x6", "The answer is a number, or “does not fit”."),
        (6, "1 2 3 4", "The answer is a number."),
        (7, "7x7", "four numbers: (out_channels, in_channels, height, width)"),
    ],
)
def test_what_is_no_answer_gets_a_message_and_costs_nothing(
    read: Visit, number: int, text: str, words: str
) -> None:
    name = f"predict-{number}"
    figure = read.figure(name)
    solution = figure.get_by_role("button", name="Show the solution")
    if number in (1, 5, 6):
        assert ask(read, "97531", name)[0].startswith("Not quite.")
    offered = solution.is_visible()
    reply, message = ask(read, text, name)
    field = read.page.locator(f"#{name} .form input")
    assert words in message
    assert field.input_value() == text
    assert field.get_attribute("aria-invalid") == "true"
    assert reply in ("Type what you expect and press Enter.", "You have solved this one before.")
    assert solution.is_visible() == offered
    field.fill("1")
    assert read.page.locator(f"#{name} .form [role=alert]").text_content() == ""


@pytest.mark.browser
def test_two_mistakes_with_one_answer_are_both_named(open_page: Open) -> None:
    predict = Predict("output size", input_size=7, kernel_size=3, stride=2, padding=1)
    assert predict.values["stride_forgotten"] == predict.values["input_kept"] == 7
    reply, _ = ask(open_page(predict), "7")
    assert reply.startswith("Not quite. More than one mistake gives this answer:")
    for mistake in ("stride_forgotten", "input_kept"):
        assert predict.reply(mistake) in reply


@pytest.mark.browser
def test_hints_come_one_by_one_and_then_the_solution(open_page: Open) -> None:
    visit = open_page(Predict("parameters", **LAYER))
    figure = visit.figure("predict-1")
    solution = figure.get_by_role("button", name="Show the solution")
    assert "Count one filter first" in ask(visit, "1")[0]
    assert not solution.is_visible()
    assert "F·F weights for each channel, and one bias." in ask(visit, "2")[0]
    solution.click()
    said = figure.get_by_role("status").first.inner_text()
    assert "One filter: 5·5·3 + 1 = 76".replace(" + ", "\xa0+\xa0") in said
    assert "All filters: 10 · 76 = 760" in said
    assert not solution.is_visible()
    # Who has read it has not solved it; the next one counts.
    assert ask(visit, "760")[0].startswith("Right. ")
    assert figure.locator(".solved").inner_text() == ""
    assert visit.page.evaluate("Object.keys(localStorage)") == []


@pytest.mark.browser
@pytest.mark.parametrize(("kind", "numbers"), dict(QUESTIONS).items())
def test_another_one_has_pytorchs_answer_too(
    jupyter: Callable[[Predict], Any], kind: str, numbers: Numbers
) -> None:
    """As in Jupyter, where Python sees the numbers, the answer and whether it is right."""
    predict = Predict(kind, **numbers)
    page = jupyter(predict)
    page.get_by_role("button", name="Another one like this").click()
    drawn = page.evaluate("traits.numbers")
    assert drawn != numbers
    assert page.evaluate("document.activeElement === document.querySelector('.form input')")
    fresh = Predict(kind, **drawn)
    page.keyboard.type(typed(answer(kind, drawn), fresh))
    page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text().startswith("Right.")
    assert page.evaluate("[traits.solved, traits.answer]") == [
        True,
        typed(answer(kind, drawn), fresh),
    ]
    question = page.locator(".question").inner_text()
    assert question in fresh.still().replace("<code>", "")
    page.evaluate("leave()")


@pytest.fixture(scope="module")
def jupyter(open_for_module: Open) -> Callable[[Predict], Any]:
    """Run a figure in one page as Jupyter does, the last one's place being cleared."""
    page = open_for_module(wait=False).page
    page.goto("about:blank")

    def run(predict: Predict) -> Any:
        page.evaluate(IN_JUPYTER, [predict._esm, style(), predict.state()])
        return page

    return run


@pytest.mark.browser
def test_all_of_it_works_by_keyboard(open_page: Open) -> None:
    visit = open_page(Predict("output size", **SIZE))
    figure, keyboard = visit.figure("predict-1"), visit.page.keyboard
    said = figure.get_by_role("status").first
    keyboard.press("Tab")
    keyboard.type("2")
    keyboard.press("Enter")
    assert "That is the floor" in said.inner_text()
    keyboard.press("ControlOrMeta+a")
    keyboard.type("7/3")
    keyboard.press("Tab")
    keyboard.press("Space")  # Check
    assert said.inner_text().startswith("Right.")
    before = figure.locator(".question").last.inner_text()
    keyboard.press("Tab")
    keyboard.press("Enter")  # Another one like this
    assert said.inner_text() == "The question has new numbers."
    assert figure.locator(".question").last.inner_text() != before
    for text in ("100", "101", "102"):
        keyboard.press("ControlOrMeta+a")
        keyboard.type(text)
        keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Space")  # Show the solution
    assert "+ 1 = " in said.inner_text().replace("\xa0", " ")
    assert visit.page.evaluate("document.activeElement.textContent") == "Another one like this"


@pytest.mark.browser
@pytest.mark.parametrize("colors", ["light", "dark"])
@pytest.mark.parametrize("view", [PHONE, {"width": 900, "height": 900}], ids=["phone", "desktop"])
def test_replies_and_messages_are_accessible(
    open_page: Open, colors: str, view: dict[str, int]
) -> None:
    output: Numbers = {"input": INPUT, "weight": WEIGHT, "row": 1, "column": 2}
    figures = [
        Predict("output size", "Is `output_size` {input_size}?", **SIZE),
        Predict("one output", **output),
        Predict("output shape", **SHAPE),
    ]
    visit = open_page(*figures, color_scheme=colors, viewport=view)
    ask(visit, "2", "predict-1")
    ask(visit, "5", "predict-2")
    ask(visit, "nothing at all", "predict-3")
    assert_none(_axe(visit.page))
    root = "document.documentElement"
    assert visit.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") <= 1


@pytest.mark.browser
@pytest.mark.parametrize("width", [900, PHONE["width"]])
@pytest.mark.parametrize("index", [0, 14, 20, 21, 28])
def test_nothing_moves_when_it_starts(open_page: Open, width: int, index: int) -> None:
    kind, numbers = QUESTIONS[index]
    visit = open_page(Predict(kind, **numbers), viewport={"width": width, "height": 900})
    figure = visit.figure("predict-1")
    running = figure.bounding_box()["height"]
    figure.evaluate(
        "figure => { delete figure.dataset.mounted;"
        " figure.querySelector(':scope > .cnnbook-live').remove(); }"
    )
    assert figure.bounding_box()["height"] == pytest.approx(running, abs=0.5)


@pytest.mark.browser
@pytest.mark.parametrize("width", [PHONE["width"], 360])
@pytest.mark.parametrize(
    ("kind", "numbers", "text"),
    [
        ("parameters", LAYER, "m" * 24),
        ("output shape", SHAPE, "W" * 24),
        (
            "fully connected as convolution",
            dict(QUESTIONS)["fully connected as convolution"],
            "7x7",
        ),
    ],
)
def test_a_message_moves_nothing_covers_nothing_and_is_not_cut_off(
    open_page: Open, width: int, kind: str, numbers: Numbers, text: str
) -> None:
    visit = open_page(Predict(kind, **numbers), viewport={"width": width, "height": 900})
    figure = visit.figure("predict-1")
    before = figure.bounding_box()
    assert ask(visit, text)[1]
    message, foot = (figure.locator(part).bounding_box() for part in (".message", ".foot"))
    assert figure.bounding_box() == before
    assert message["x"] + message["width"] <= before["x"] + before["width"]
    assert message["y"] + message["height"] <= foot["y"]


@pytest.mark.browser
def test_without_scripts_and_on_paper(open_page: Open) -> None:
    predict = Predict("one output", input=INPUT, weight=WEIGHT, row=1, column=2)
    page = open_page(predict, wait=False, java_script_enabled=False).page
    assert page.get_by_text("What number is in row 1, column 2").is_visible()
    assert page.get_by_role("table", name="Filter").is_visible()
    worked = page.get_by_text("1·3 + 0·2 + 2·1 + (−1)·0 = 5")
    assert not worked.is_visible()
    page.get_by_text("Solution").click()
    assert worked.is_visible()
    page.emulate_media(media="print")
    assert page.get_by_text("What number is in row 1, column 2").is_visible()
    assert not worked.is_visible()


# ---- Links ---------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["output size", "output shape", "one output", "receptive field"])
def test_a_link_brings_the_drawn_question_and_not_its_answer(open_page: Open, kind: str) -> None:
    predict = Predict(kind, **dict(QUESTIONS)[kind])
    visit = open_page(predict, **COPYING)
    figure = visit.figure("predict-1")
    assert visit.link("predict-1") == "#predict-1=%7B%7D"
    figure.get_by_role("button", name="Another one like this").click()
    assert figure.locator(".foot .reply").inner_text() == ""
    ask(visit, "1")
    link = visit.link("predict-1")
    (name, numbers), *others = json.loads(unquote(link.partition("=")[2])).items()
    assert (name, others) == ("numbers", [])
    again = open_page(predict, served=True, hash=link)
    asks = again.figure("predict-1").locator(".question").last.inner_text()
    assert asks == figure.locator(".question").last.inner_text()
    assert asks in Predict(kind, **numbers).still().replace("<code>", "")
    assert again.drive("predict-1") == visit.drive("predict-1")
    assert again.figure("predict-1").get_by_label("Your answer").input_value() == ""
    assert ask(again, typed(answer(kind, numbers), predict))[0].startswith("Right. ")
    assert again.errors == []


FOLLOW = """([name, part]) => {
  const figure = document.getElementById(name);
  history.replaceState(null, "", `#${name}=${encodeURIComponent(part)}`);
  dispatchEvent(new HashChangeEvent("hashchange"));
  return [".foot .reply", ".predict:not(.cnnbook-still *) .question"]
    .map((part) => figure.querySelector(part).textContent);
}"""
#: What the questions of the list name.
NAMED = {name for _, numbers in QUESTIONS for name in numbers}
#: Of kind and numbers, what is changed in a link: by name, a number that cannot be.
IMPOSSIBLE_TOGETHER: list[tuple[str, str, Any]] = [
    ("output size", "input_size", 2),
    ("output size", "input_size", 1e300),
    ("output size", "depth", 3),
    ("output size", "__proto__", 3),
    ("parameters", "kernel_size", 10_000_000),
    ("one output", "row", 5),
    ("one output", "weight", [[1, 2], [3]]),
    ("one output", "bias", None),
    ("one output", "padding", 1_000_000),
    ("pooled value", "pool", "toString"),
    ("receptive field", "layers", []),
    ("receptive field", "layers", [[3], []]),
    ("receptive field", "layers", [[3, 1_000_000]] * 5),
]


@pytest.mark.browser
@pytest.mark.parametrize(("kind", "name", "value"), [*impossible(), *IMPOSSIBLE_TOGETHER])
def test_a_link_with_impossible_numbers_says_so_and_keeps_the_question(
    asked: tuple[Visit, list[Predict]], kind: str, name: str, value: Any
) -> None:
    visit, figures = asked
    number, numbers = next(
        (number, figure.numbers)
        for number, figure in enumerate(figures, 1)
        if figure.kind == kind and (name in figure.numbers or name not in NAMED)
    )
    figure = f"predict-{number}"
    visit.figure(figure)
    before = visit.page.evaluate(FOLLOW, [figure, "{}"])
    part = {"numbers": {**numbers, name: value}}
    said, question = visit.page.evaluate(FOLLOW, [figure, json.dumps(part)])
    assert said.startswith("The link's settings cannot be shown: The numbers ")
    assert ["", question] == before
    assert visit.errors == []


@pytest.mark.browser
@pytest.mark.parametrize(
    "part",
    ["{", '{"numbers":null}', '{"numbers":[]}', '{"numbers":{}}', '{"numbers":"kernel_size"}'],
)
def test_a_broken_link_keeps_the_question(asked: tuple[Visit, list[Predict]], part: str) -> None:
    visit, _ = asked
    visit.figure("predict-1")
    before = visit.page.evaluate(FOLLOW, ["predict-1", "{}"])
    said, question = visit.page.evaluate(FOLLOW, ["predict-1", part])
    assert (question, visit.errors) == (before[1], [])
    assert said.startswith("The link's settings cannot be shown: ")


# ---- Progress ------------------------------------------------------------------------------------


def index_page(folder: Path, chapters: dict[str, int]) -> Path:
    """Write an index that shows the progress on some pages, as the book's index does."""
    shutil.copy(SCRIPT, folder / "_static")
    path = build_page(folder, name="an-index")
    links = "".join(f'<dt><a href="{page}.html#top">{page}</a></dt>' for page in chapters)
    text = path.read_text("utf-8").replace(
        "</h1>", f"</h1><dl>{links}<dd>Chapters</dd></dl>{markup(chapters)}"
    )
    script = '<script defer src="_static/progress.js"></script>'
    path.write_text(text.replace("</head>", f"{script}</head>"), "utf-8")
    return path


@pytest.mark.browser
@pytest.mark.parametrize("served", [True, False], ids=["served", "disk"])
def test_progress_stays_in_the_browser_and_can_be_cleared(
    open_page: Open, folder: Path, figures_origin: str, *, served: bool
) -> None:
    questions = [Predict("output size", **SIZE), Predict("parameters", **LAYER)]
    visit = open_page(*questions, served=served)
    page, chapter = visit.page, visit.page.url
    name = re.sub(r".*/|\.html$", "", chapter)
    path = index_page(folder, {name: 2, "another-page": 3})
    index = f"{figures_origin}/an-index.html" if served else path.as_uri()

    page.goto(index)
    line: Any = page.locator(".cnnbook-progress")
    assert line.inner_text() == "The chapters hold 5 questions that the page checks."
    height = line.bounding_box()["height"]

    page.goto(chapter)
    assert ask(visit, "760", "predict-2")[0].startswith("Right. ")
    assert ask(visit, "5", "predict-1")[0].startswith("Not quite. ")
    page.goto(index)
    assert line.inner_text() == "You have solved 1 of 5 questions. Clear"
    assert page.locator("dt").first.inner_text() == f"{name} 1 of 2 solved"
    assert page.locator("dt").last.inner_text() == "another-page"
    assert line.bounding_box()["height"] == height
    assert_none(_axe(page))

    page.goto(chapter)
    visit.figure("predict-2")
    assert (
        visit.figure("predict-2")
        .get_by_role("status")
        .first.inner_text()
        .startswith("You have solved")
    )
    assert (
        visit.figure("predict-1").get_by_role("status").first.inner_text().startswith("Type what")
    )

    page.goto(index)
    page.evaluate("localStorage.setItem('mode', 'dark')")
    page.get_by_role("button", name="Clear").press("Enter")
    assert line.inner_text() == "The chapters hold 5 questions that the page checks."
    assert page.locator(".cnnbook-solved").count() == 0
    assert page.evaluate("document.activeElement.className") == "cnnbook-progress"
    assert page.evaluate("Object.keys(localStorage)") == ["mode"]
    assert visit.errors == []


@pytest.mark.browser
def test_a_new_question_is_not_ticked_off_by_the_last_one(open_page: Open) -> None:
    visit = open_page(Predict("parameters", **LAYER), served=True)
    figure = visit.figure("predict-1")
    tick = figure.locator(".solved")
    ask(visit, "760")
    assert tick.inner_text() == "solved"
    assert ask(visit, "a lot")[0] == "You have solved this one before."
    visit.page.reload()
    assert visit.figure("predict-1").get_by_role("status").first.inner_text() == (
        "You have solved this one before."
    )
    figure.get_by_role("button", name="Another one like this").click()
    assert tick.inner_text() == "solved one like this"
    assert ask(visit, "a lot")[0] == "You have solved one like this before."


@pytest.mark.browser
def test_without_storage_everything_works(open_page: Open, folder: Path) -> None:
    visit = open_page(wait=False)
    page = visit.page
    page.add_init_script(NO_STORAGE)
    page.goto(build_page(folder, Predict("output size", **SIZE), name="forgetful").as_uri())
    assert ask(visit, "2")[0].startswith("Not quite. That is the floor")
    assert ask(visit, "7/3")[0].startswith("Right. ")
    assert visit.figure("predict-1").locator(".solved").inner_text() == "solved"
    visit.figure("predict-1").get_by_role("button", name="Another one like this").click()
    page.goto(index_page(folder, {"forgetful": 1}).as_uri())
    assert (
        page.locator(".cnnbook-progress").inner_text()
        == "The chapters hold 1 question that the page checks."
    )
    assert visit.errors == []
