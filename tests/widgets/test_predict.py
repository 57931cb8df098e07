"""Questions as a reader answers them: each known mistake, and all else that can be typed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.book import assert_none

from cnnbook.widgets import Predict
from cnnbook.widgets.base import style
from cnnbook.widgets.questions import KINDS, LAYOUTS
from cnnbook_site.progress import SCRIPT, markup

from .conftest import PHONE, Open, Visit
from .harness import NO_STORAGE, build_page
from .questions import INPUT, POOLED, QUESTIONS, WEIGHT, Numbers, answer
from .test_figures import IN_JUPYTER, _axe

SIZE: Numbers = {"input_size": 7, "kernel_size": 3, "stride": 3}
SHAPE: Numbers = {
    "in_channels": 3,
    "input_size": 32,
    "out_channels": 10,
    "kernel_size": 5,
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
    ),
    5: ("5", "5x5", "5 × 5", "(5, 5)", "5 px", "5 pixels", "  5  ", "5.0"),
    6: ("5.5", "5,5", "11/2", "5 1/2", "5½", "22/4"),
    7: ("(4096, 512, 7, 7)", "4096 512 7 7", "4096x512x7x7", "4,096×512×7×7"),
    8: ("-3", "−3", "–3", "- 3", "－3"),
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
    said = figure.get_by_role("status").inner_text()
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
    said = figure.get_by_role("status")
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
        visit.figure("predict-2").get_by_role("status").inner_text().startswith("You have solved")
    )
    assert visit.figure("predict-1").get_by_role("status").inner_text().startswith("Type what")

    page.goto(index)
    page.evaluate("localStorage.setItem('mode', 'dark')")
    page.get_by_role("button", name="Clear").press("Enter")
    assert line.inner_text() == "The chapters hold 5 questions that the page checks."
    assert page.locator(".cnnbook-solved").count() == 0
    assert page.evaluate("document.activeElement.className") == "cnnbook-progress"
    assert page.evaluate("Object.keys(localStorage)") == ["mode"]
    assert visit.errors == []


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
