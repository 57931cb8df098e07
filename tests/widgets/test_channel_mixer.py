"""The channel mixer as a reader drives it, against PyTorch."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from torch.nn import functional as F

from cnnbook.images import cat
from cnnbook.widgets import ChannelMixer
from cnnbook.widgets.channel_mixer import PRESETS

from .conftest import COPYING, PHONE, Open, Visit
from .photos import BROKEN, pixels, png

NAME = "channel-mixer-1"


def _mixed(image: Any, weight: Any, bias: Any) -> Any:
    """Return PyTorch's 1×1 convolution of an image, channel × height × width."""
    photo = torch.tensor(np.asarray(image, float)).permute(2, 0, 1)[None]
    weights = torch.tensor(weight, dtype=torch.float64)[:, :, None, None]
    biases = torch.tensor(bias, dtype=torch.float64).flatten()
    return F.conv2d(photo, weights, biases)[0].numpy()


@pytest.fixture(scope="module")
def visit(open_for_module: Open) -> Visit:
    return open_for_module(ChannelMixer())


@pytest.fixture(scope="module")
def photos(visit: Visit) -> dict[bool, Any]:
    """What the page shows before the mixing, plain and with shuffled pixels."""
    shown = {}
    for shuffle in (True, False):
        visit.drive(NAME, checks={"Shuffle the pixels first": shuffle})
        shown[shuffle] = pixels(visit, NAME, 0)
    return shown


def drive_case(visit: Visit, photos: dict[bool, Any], seed: int) -> Any:
    """Drive a mixer to random settings, compare its tables with PyTorch, and return its map."""
    choose = random.Random(seed)
    largest, decimals = choose.choice([(2, 2), (9, 3)])
    weight = [[round(choose.uniform(-largest, largest), decimals) for _ in "rgb"] for _ in "rgb"]
    bias = [[choose.randint(-255, 255)] for _ in "rgb"]
    row, column = choose.randrange(300), choose.randrange(451)
    shuffle = choose.random() < 0.5
    tables = visit.drive(
        NAME,
        checks={"Shuffle the pixels first": shuffle},
        cells={"Filter": weight, "Bias": bias},
        fields={"Row": row, "Column": column},
    )
    before = photos[shuffle]
    assert np.ravel(tables["Input"]).tolist() == before[row, column].tolist()
    expected = _mixed(before, weight, bias)
    np.testing.assert_allclose(np.ravel(tables["Output"]), expected[:, row, column], atol=6e-4)
    assert visit.errors == []
    return expected


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(200))
def test_its_pixels_are_pytorchs(visit: Visit, photos: dict[bool, Any], seed: int) -> None:
    expected = drive_case(visit, photos, seed)
    if seed < 12:
        shown = pixels(visit, NAME, 1).transpose(2, 0, 1).astype(float)
        np.testing.assert_allclose(shown, expected.clip(0, 255), atol=0.501)


def test_its_photo_is_the_cat(photos: dict[bool, Any]) -> None:
    np.testing.assert_array_equal(photos[False], cat())


@pytest.mark.browser
def test_only_depth_is_mixed(visit: Visit) -> None:
    """Shuffled pixels have the colours that they had, before and after."""
    visit.figure(NAME).get_by_role("button", name="Start again").click()

    def colors(index: int) -> Any:
        image = pixels(visit, NAME, index).astype(int) @ [65536, 256, 1]
        return np.sort(image.ravel())

    visit.page.wait_for_function("() => document.querySelector('[role=status]').textContent")
    visit.drive(NAME, checks={"Shuffle the pixels first": False}, selects={"Preset": "sepia"})
    plain = [colors(index) for index in (0, 1)]
    visit.drive(NAME, checks={"Shuffle the pixels first": True})
    np.testing.assert_array_equal(plain, [colors(index) for index in (0, 1)])
    assert "it makes no difference" in visit.figure(NAME).inner_text()
    visit.drive(NAME, checks={"Shuffle the pixels first": False})


@pytest.mark.browser
@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_pythons(visit: Visit, name: str) -> None:
    tables = visit.drive(NAME, selects={"Preset": name})
    mixer = ChannelMixer(name)
    np.testing.assert_allclose(tables["Filter"], mixer.weight, atol=6e-4)
    assert tables["Bias"] == mixer.bias
    assert visit.figure(NAME).get_by_label("Preset").input_value() == name


@pytest.mark.browser
@pytest.mark.parametrize(("row", "column"), [(0, 0), (100, 200), (137, 301), (299, 450)])
@pytest.mark.parametrize("name", PRESETS)
def test_the_terms_that_it_shows_add_up_to_its_result(
    visit: Visit, name: str, row: int, column: int
) -> None:
    tables = visit.drive(NAME, selects={"Preset": name}, fields={"Row": row, "Column": column})
    output = np.ravel(tables["Output"])
    lines = visit.figure(NAME).locator(".sums p").all_inner_texts()
    assert len(lines) == 3
    for line, level in zip(lines, output, strict=True):
        _holds(line, level)


def _holds(line: str, level: float) -> None:
    """Check a line such as "red 0.5 · 3 + 1 · 2 + 0 · 9 − 1 = 2.5", beside the output's level."""
    plain = line.replace("−", "-").split(",")[0]
    shown, sign, result = re.split(r" ([=≈]) ", plain)
    terms = re.findall(r"\(?(-?[\d.]+)\)? · (\d+)", shown)
    bias = re.findall(r"([+-]) ([\d.]+)$", shown)
    added = sum((Decimal(weight) * int(pixel) for weight, pixel in terms), Decimal(0))
    added += sum((Decimal(sign + number) for sign, number in bias), Decimal(0))
    assert len(terms) == 3
    assert float(result) == level
    assert sign == ("=" if added == Decimal(result) else "≈")
    assert added == pytest.approx(Decimal(result), abs=Decimal("0.0006"))


@pytest.mark.browser
def test_an_equality_that_it_shows_is_one(open_page: Open) -> None:
    weight = [[0.21264, 0, 0], [0, 0.2, 0], [1 / 3, 1 / 3, 1 / 3]]
    visit = open_page(ChannelMixer(weight=weight, bias=[0, 0.125, 0.0625]))
    lines = visit.figure(NAME).locator(".sums p").all_inner_texts()
    for line, [level] in zip(lines, visit.drive(NAME)["Output"], strict=True):
        assert line.count("=") == (1 if line.startswith("green") else 0)
        assert float(re.split("[=≈]", line)[1]) == level


@pytest.mark.browser
def test_a_number_stays_as_it_is_typed_and_is_edited_with_all_its_decimals(
    open_page: Open,
) -> None:
    visit = open_page(ChannelMixer("identity"), **COPYING)
    cell = visit.figure(NAME).get_by_label("Filter of red, weight of red", exact=True)
    for typed in ("0.21264", "1.23456", "0.0625", "-0.00051"):
        cell.click()
        cell.press("Control+a")
        visit.page.keyboard.type(typed)
        assert cell.input_value() == typed
        visit.page.keyboard.press("Tab")
        assert visit.run_copied(NAME)["weight"][0, 0].item() == pytest.approx(float(typed))
        assert visit.drive(NAME)["Filter"][0][0] == pytest.approx(float(typed), abs=6e-4)
        cell.click()
        assert cell.input_value() == typed
    # What is changed elsewhere is shown even in the cell that has the focus.
    visit.page.evaluate("() => { location.hash = '#channel-mixer-1={\"bias\":[[7],[0],[0]]}'; }")
    visit.page.wait_for_function("() => document.activeElement.value === '1'")


@pytest.mark.browser
def test_a_tiny_number_is_edited_in_decimals(open_page: Open) -> None:
    visit = open_page(ChannelMixer(weight=[[1e-7, 0, 0], [0, 1, 0], [0, 0, 1]]))
    cell = visit.figure(NAME).get_by_label("Filter of red, weight of red", exact=True)
    cell.click()
    assert cell.input_value() == "0.0000001"
    visit.page.keyboard.press("End")
    visit.page.keyboard.type("5")
    assert visit.figure(NAME).locator("[aria-invalid]").count() == 0


@pytest.mark.browser
def test_an_edited_preset_is_your_own(visit: Visit) -> None:
    visit.drive(NAME, selects={"Preset": "identity"}, cells={"Bias": [[1], [0], [0]]})
    assert visit.figure(NAME).get_by_label("Preset").input_value() == "your own"


@pytest.mark.browser
def test_levels_that_cannot_be_shown_are_named(visit: Visit) -> None:
    visit.drive(NAME, selects={"Preset": "identity"}, cells={"Bias": [[255], [0], [-255]]})
    text = visit.figure(NAME).locator(".sums").inner_text()
    assert "shown as 255" in text
    assert "shown as 0" in text


@pytest.mark.browser
def test_pointing_explains_a_pixel(visit: Visit) -> None:
    figure = visit.figure(NAME)
    canvas = figure.get_by_role("img", name="The photo after")
    box = canvas.bounding_box()
    canvas.hover(position={"x": box["width"] - 1, "y": 1})
    said = figure.get_by_role("status").first.inner_text()
    row, column = (int(number) for number in re.findall(r"\d+", said)[:2])
    assert (row <= 2, column >= 448) == (True, True)
    visit.page.mouse.move(0, 0)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("label", "text", "message"),
    [
        ("Row", "300", "The photo has 300 rows and 451 columns."),
        ("Column", "x", "Column must be a whole number from 0 to 4095, not “x”."),
        ("Filter of red, weight of blue", "10", "must be a number from −9 to 9"),
        ("Bias of green", "", "must be a number from −255 to 255, but it is empty"),
    ],
)
def test_bad_input_gives_a_message_and_changes_nothing(
    visit: Visit, label: str, text: str, message: str
) -> None:
    visit.page.mouse.move(0, 0)
    visit.refuses(NAME, label, text, message).blur()
    visit.start_again(NAME)


@pytest.mark.browser
def test_a_readers_picture_is_mixed_and_a_broken_one_refused(open_page: Open) -> None:
    visit = open_page(ChannelMixer("swap"))
    figure = visit.figure(NAME)
    asked = len(visit.requests)
    own = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    figure.locator("input[type=file]").set_input_files(png(own))
    visit.page.wait_for_function("() => document.querySelector('canvas').width === 5")
    np.testing.assert_array_equal(pixels(visit, NAME, 0), own)
    np.testing.assert_array_equal(pixels(visit, NAME, 1), own[..., ::-1])
    figure.locator("input[type=file]").set_input_files(BROKEN)
    figure.get_by_role("alert").filter(has_text="broken.png is no picture").wait_for()
    np.testing.assert_array_equal(pixels(visit, NAME, 0), own)
    assert [url for url in visit.requests[asked:] if not url.startswith(("blob:", "data:"))] == []


@pytest.mark.browser
def test_the_code_that_it_copies_gives_what_it_shows(open_page: Open) -> None:
    visit = open_page(ChannelMixer("sepia", bias=[1, 2, 3], position=(10, 20)), **COPYING)
    shown, made = visit.drive(NAME)["Output"], visit.run_copied(NAME)["output"]
    np.testing.assert_allclose(np.ravel(shown), made[0, :, 10, 20], atol=6e-4)


@pytest.mark.browser
@pytest.mark.parametrize(("row", "column"), [(0, 0), (10, 20), (299, 450)])
def test_its_code_reads_the_pixel_that_was_shuffled(open_page: Open, row: int, column: int) -> None:
    visit = open_page(ChannelMixer(shuffle=True, position=(row, column)), **COPYING)
    shown = visit.drive(NAME)["Output"]
    code = visit.copied(NAME, "Copy as PyTorch")
    scope: dict[str, Any] = {}
    exec(re.sub(r"print\((.*)\)", r"made = \1", code), scope)  # noqa: S102
    np.testing.assert_allclose(np.ravel(shown), scope["made"], atol=6e-4)


@pytest.mark.browser
def test_a_link_restores_the_exact_state_and_a_broken_one_says_so(open_page: Open) -> None:
    visit = open_page(ChannelMixer(), **COPYING)
    visit.drive(NAME, selects={"Preset": "negative"}, fields={"Row": 3, "Column": 4})
    again = open_page(ChannelMixer(), hash=visit.link(NAME), **COPYING)
    assert again.drive(NAME) == visit.drive(NAME)
    broken = open_page(ChannelMixer(), hash=f'#{NAME}={{"weight":[[1]]}}')
    assert "settings cannot be shown" in broken.figure(NAME).inner_text()


@pytest.mark.browser
def test_all_of_it_works_by_keyboard(open_page: Open) -> None:
    visit = open_page(ChannelMixer("identity"))
    figure, keyboard = visit.figure(NAME), visit.page.keyboard
    figure.get_by_label("Preset").focus()
    for key in ("Tab", "ArrowUp", "Tab", "ArrowDown", "Tab", "Space"):
        keyboard.press(key)
    assert "row 201, column 259" in figure.get_by_role("status").first.inner_text()
    assert figure.get_by_label("Shuffle the pixels first").is_checked()
    figure.get_by_label("Filter of red, weight of red").focus()
    keyboard.press("ArrowRight")
    keyboard.type("-0.5")
    keyboard.press("Tab")
    keyboard.type("7")
    tables = visit.drive(NAME)
    assert tables["Filter"][0] == [1, -0.5, 0]
    assert tables["Bias"][0] == [7]


@pytest.mark.browser
@pytest.mark.parametrize("width", [900, PHONE["width"]])
def test_nothing_moves_when_it_starts(open_page: Open, width: int) -> None:
    visit = open_page(ChannelMixer("negative"), viewport={"width": width, "height": 900})
    running, still = visit.heights(NAME)
    assert still == pytest.approx(running, abs=0.5)


def test_python_mixes_as_pytorch_does() -> None:
    mixer = ChannelMixer("sepia", bias=[1, -2, 3])
    expected = _mixed(cat(), mixer.weight, mixer.bias)
    np.testing.assert_allclose(mixer.output(), expected)
    own = np.zeros((2, 3, 3), np.uint8)
    assert ChannelMixer(photo=own).output().shape == (3, 2, 3)
    assert ChannelMixer(photo=own).measures() == {"ratio": 667}


@pytest.mark.browser
def test_its_code_reads_the_place_that_it_shows(open_page: Open) -> None:
    """The nearest one, where the chosen place lies beyond the photo."""
    visit = open_page(ChannelMixer(position=(900, 4000)), **COPYING)
    assert "row 299, column 450" in visit.figure(NAME).get_by_role("status").first.inner_text()
    assert "output[0, :, 299, 450]" in visit.copied(NAME, "Copy as PyTorch")
    visit.run_copied(NAME)


@pytest.mark.parametrize(
    ("trait", "value", "reason"),
    [
        ("weight", [[1, 2, 3]], "weight must have 3 × 3 numbers, but has 1 × 3"),
        ("weight", [[10, 0, 0]] * 3, "weight must be rows of equal length"),
        ("bias", [1, 2], "bias must have 3 × 1 numbers, but has 2 × 1"),
        ("photo", "https://example.org/a.png", "photo must be pixels or a data: address"),
        ("position", -1, "position must be a whole number"),
        ("shuffle", "no", "shuffle"),
    ],
)
def test_a_wrong_trait_raises(trait: str, value: Any, reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        ChannelMixer(**{trait: value})


def test_an_unknown_preset_raises() -> None:
    with pytest.raises(traitlets.TraitError, match="preset must be one of identity, greyscale"):
        ChannelMixer("warm")
