"""What every figure promises, whatever it shows."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.book import ROOT, assert_none

from cnnbook import widgets
from cnnbook.widgets.base import STATIC, Widget, assemble, source, style
from cnnbook_site.widgets import HOST, as_script

from .conftest import PHONE, Open
from .harness import build_page

FIGURES: list[Callable[[], Widget]] = [getattr(widgets, name) for name in widgets.__all__]
#: Generated modules that hold numbers alone.
DATA = {"cat", "first-layers"}
CONV = {
    "kind": "conv",
    "out_channels": 16,
    "kernel_size": 3,
    "stride": 1,
    "padding": 1,
    "bias": True,
}
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

SIDEWAYS = """() => {
  const root = document.documentElement;
  return root.scrollWidth - root.clientWidth;
}"""

UNNAMED = """() => [...document.querySelectorAll(
  ".cnnbook-live :is(input, select, button:not([aria-hidden])):not([aria-hidden])")]
  .filter((node) => !(node.labels?.length || node.ariaLabel || node.textContent.trim()))
  .map((node) => node.outerHTML.slice(0, 100))"""

INLINE_HANDLERS = """() => [...document.querySelectorAll("*")]
  .filter((node) => [...node.attributes].some(({ name }) => name.startsWith("on")))
  .map((node) => node.outerHTML.slice(0, 100))"""

CHANGE = Path(__file__).with_name("change_something.js").read_text("utf-8")
IN_JUPYTER = Path(__file__).with_name("in_jupyter.js").read_text("utf-8")


@pytest.fixture(scope="module", params=FIGURES, ids=lambda figure: str(figure.module))
def widget(request: pytest.FixtureRequest) -> Widget:
    figure: Widget = request.param()
    return figure


def _axe(page: object) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": {"type": "tag", "values": list(AXE_TAGS)}, "preload": False}
    result = Axe().run(page, options=options)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in result.response["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.browser
@pytest.mark.parametrize("served", [True, False], ids=["served", "disk"])
def test_it_runs_under_the_policy_and_asks_for_its_own_files_only(
    open_page: Open, widget: Widget, figures_origin: str, folder: Path, *, served: bool
) -> None:
    visit = open_page(widget, served=served)
    visit.figure(f"{widget.module}-1")
    home = f"{figures_origin}/" if served else folder.as_uri()
    assert_none(visit.errors)
    assert_none([url for url in visit.requests if not url.startswith((home, "blob:", "data:"))])


@pytest.mark.browser
@pytest.mark.parametrize("colors", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_it_is_accessible(open_page: Open, widget: Widget, colors: str, *, phone: bool) -> None:
    view = {"viewport": PHONE} if phone else {}
    visit = open_page(widget, color_scheme=colors, **view)
    visit.figure(f"{widget.module}-1")
    assert_none(_axe(visit.page))
    assert_none(visit.page.evaluate(UNNAMED))
    assert_none(visit.page.evaluate(INLINE_HANDLERS))
    assert visit.page.evaluate(SIDEWAYS) <= 1


@pytest.mark.browser
def test_it_says_its_state_in_words(open_page: Open, widget: Widget) -> None:
    figure = open_page(widget).figure(f"{widget.module}-1")
    assert figure.get_by_role("status").first.inner_text().strip()
    assert figure.locator("table").evaluate_all(
        "tables => tables.every(table => table.caption?.textContent.trim())"
    )


@pytest.mark.browser
@pytest.mark.parametrize("width", [1100, 900, 600, PHONE["width"]])
def test_nothing_moves_when_it_starts(open_page: Open, widget: Widget, width: int) -> None:
    visit = open_page(widget, viewport={"width": width, "height": 900})
    running, still = visit.heights(f"{widget.module}-1")
    assert still == pytest.approx(running, abs=0.5)


@pytest.mark.browser
def test_without_scripts_and_on_paper_its_picture_is_there(open_page: Open, widget: Widget) -> None:
    visit = open_page(widget, wait=False, java_script_enabled=False)
    # A question is its own picture.
    picture = visit.page.locator("figure [role=img], figure img, figure .question")
    assert picture.count() >= 1
    assert picture.first.is_visible()
    printed = open_page(widget)
    printed.page.emulate_media(media="print")
    assert printed.page.locator("figure .cnnbook-still").is_visible()
    assert not printed.page.locator("figure > .cnnbook-live").is_visible()


@pytest.mark.browser
def test_it_keeps_its_picture_where_its_code_cannot_be_loaded(
    open_page: Open, widget: Widget
) -> None:
    visit = open_page(wait=False)
    visit.page.route("**/widgets/*.js*", lambda route: route.abort())
    path = Path(visit.page.url.removeprefix("file://")).parent
    with visit.page.expect_console_message(lambda message: "cannot run here" in message.text):
        visit.page.goto(build_page(path, widget, name="blocked").as_uri())
    assert visit.page.locator("[data-mounted]").count() == 0
    assert visit.page.locator("figure .cnnbook-still").is_visible()


@pytest.mark.browser
def test_python_sees_changes_and_makes_them(open_page: Open, widget: Widget) -> None:
    visit = open_page(wait=False)
    page = visit.page
    page.goto("about:blank")
    source = [widget._esm, style(), widget.state()]
    assert page.evaluate(IN_JUPYTER, source) > 0
    assert page.get_by_role("button", name="Copy link").count() == 0
    before = page.evaluate("traits")
    changed = page.evaluate(CHANGE)
    assert changed
    assert page.evaluate("saved") > 0
    after = page.evaluate("traits")
    text = page.inner_text("body")
    for name in sorted(before):
        if before[name] != after[name]:
            page.evaluate("([name, value]) => fromPython(name, value)", [name, before[name]])
    assert page.evaluate("traits") == before
    assert page.inner_text("body") != text
    page.evaluate("leave()")
    assert_none(visit.errors)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("figure", "state"),
    [
        (widgets.PoolingExplorer, {"kind": "toString"}),
        (widgets.PoolingExplorer, {"kind": ["max"]}),
        (widgets.FilterBrowser, {"network": ["alexnet"]}),
        (widgets.LayerCalculator, {"rounding": "toString"}),
        (widgets.LayerCalculator, {"rounding": ["floor"]}),
        (widgets.LayerCalculator, {"layers": [{"kind": "__proto__"}]}),
        (widgets.LayerCalculator, {"layers": [{**CONV, "groups": 3}]}),
        (widgets.LayerCalculator, {"layers": [{**CONV, "groups": 0}]}),
        (widgets.LayerCalculator, {"layers": [{**CONV, "kind": ["conv"]}]}),
    ],
    ids=str,
)
def test_a_link_with_what_no_figure_writes_leaves_it_as_it_is(
    open_page: Open, figure: Callable[[], Widget], state: dict[str, object]
) -> None:
    widget = figure()
    name = f"{widget.module}-1"
    visit = open_page(widget, hash=f"#{name}={json.dumps(state)}")
    assert "settings cannot be shown" in visit.figure(name).inner_text()
    assert visit.figure(name).get_by_role("combobox").first.input_value() != ""
    assert_none(visit.errors)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("figure", "setting"),
    [
        (widgets.ConvolutionExplorer, "flip"),
        (widgets.ChannelMixer, "shuffle"),
        (widgets.FilterBrowser, "relu"),
    ],
)
def test_a_link_with_a_setting_of_a_wrong_type_names_it(
    open_page: Open, figure: Callable[[], Widget], setting: str
) -> None:
    widget = figure()
    name = f"{widget.module}-1"
    visit = open_page(widget, hash=f"#{name}={json.dumps({setting: 1})}")
    said = f"The link's settings cannot be shown: “{setting}” must be true or false."
    assert said in visit.figure(name).inner_text()


def test_the_host_is_small_enough() -> None:
    assert len(gzip.compress(HOST.read_bytes())) < 4 * 1024


@pytest.mark.parametrize(
    "chapter", sorted((ROOT / "book").glob("*.md")), ids=lambda path: path.stem
)
def test_a_pages_code_is_small_enough(chapter: Path) -> None:
    """Photos and trained filters are data; everything else that the page's figures load counts."""
    used: set[str] = set()
    text = chapter.read_text("utf-8")
    for figure in FIGURES:
        if re.search(rf"(?<![\w.]){figure.__name__}\(", text):
            used |= _needs(figure.module)  # type: ignore[attr-defined]
    together = b"".join(as_script(module).encode() for module in sorted(used - DATA))
    assert len(gzip.compress(together)) < 60 * 1024


def _needs(module: str) -> set[str]:
    """Return a module and all that it imports."""
    imported = re.findall(r'from "\./([\w-]+)\.mjs"', source(module))
    return {module}.union(*map(_needs, imported))


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.mjs")), ids=lambda path: str(path.name))
def test_its_code_writes_no_html_and_evaluates_nothing(path: Path) -> None:
    source = path.read_text("utf-8")
    banned = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
    assert re.findall(rf"{banned}|https?://(?!www\.w3\.org)", source) == []


def test_its_state_is_in_its_html_and_nothing_of_it_is_markup() -> None:
    widget = widgets.ConvolutionExplorer(stride=2)
    html = widget.html()
    state = re.search(r'data-state="([^"]*)"', html)
    assert state is not None
    assert json.loads(state[1].replace("&quot;", '"')) == widget.state()
    assert 'from "./' not in assemble(widget.module)


#: How far what stands above the products reaches beyond their cells.
NOTES = """() => {
  const ink = document.createElement("canvas").getContext("2d");
  return Math.max(...[...document.querySelectorAll(".box[data-note]")].map((cell) => {
    const style = getComputedStyle(cell, "::before");
    ink.font = `${style.fontSize} ${style.fontFamily}`;
    return ink.measureText(cell.dataset.note).width - cell.clientWidth;
  }));
}"""


@pytest.mark.browser
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: widgets.ConvolutionExplorer(input=[[-98.765] * 7] * 7, weight=[[-98.765] * 3] * 3),
        lambda: widgets.ConvolutionExplorer(input=[[-12.5] * 7] * 7, weight=[[0.333] * 4] * 4),
        lambda: widgets.VolumeExplorer(input=[[[-98.765] * 5] * 5], weight=[[[[-9.876] * 3] * 3]]),
        lambda: widgets.KernelLab(weight=[[-98.765] * 3] * 3),
        lambda: widgets.KernelLab(weight=[[-98.765] * 5] * 5),
    ],
    ids=["convolution", "four", "volume", "kernel", "kernel-5"],
)
def test_what_a_product_is_made_of_stays_in_its_cell(
    open_page: Open, make: Callable[[], Widget], *, phone: bool
) -> None:
    widget = make()
    visit = open_page(widget, **({"viewport": PHONE} if phone else {}))
    figure = visit.figure(f"{widget.module}-1")
    assert visit.page.evaluate(NOTES) <= 0
    if not phone:
        sideways = "node => node.scrollWidth - node.clientWidth"
        assert figure.locator(".workings").evaluate(sideways) <= 1


#: Controls and cells of tables that stand beyond the right edge of a narrow screen.
BEYOND = """() => [...document.querySelectorAll(
  ".cnnbook-live :is(.button, .number, .controls *, .stepper *, select, .fields td)")]
  .filter((node) => node.checkVisibility()
    && node.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map((node) => node.ariaLabel ?? node.textContent)"""


@pytest.mark.browser
def test_no_control_is_cut_off_on_the_narrowest_screen(open_page: Open, widget: Widget) -> None:
    visit = open_page(widget, viewport={"width": 320, "height": 800})
    visit.figure(f"{widget.module}-1")
    if widget.module != "volume-explorer":  # its volumes stand side by side, and scroll
        assert visit.page.evaluate(SIDEWAYS) <= 0
    assert_none(visit.page.evaluate(BEYOND))


@pytest.mark.browser
def test_a_box_to_tick_is_large_enough_to_hit(open_page: Open, widget: Widget) -> None:
    visit = open_page(widget)
    boxes = visit.figure(f"{widget.module}-1").locator(".check > input:visible")
    for box in boxes.all():
        size = box.bounding_box()
        assert min(size["width"], size["height"]) >= 24
