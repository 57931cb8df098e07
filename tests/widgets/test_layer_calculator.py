"""The layer calculator as a reader drives it, against PyTorch and published totals."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
import traitlets
from tests import architectures
from torch import nn

from cnnbook.widgets import LayerCalculator
from cnnbook.widgets.layer_calculator import NETWORKS

from .conftest import COPYING, PHONE, Open, Visit

pytestmark = pytest.mark.browser
NAME = "layer-calculator-1"

READ = """name => [...document.querySelectorAll(`#${name} .layers tbody tr`)].map((row) => ({
  problem: row.className,
  text: [...row.cells].map((cell) => cell.textContent),
  numbers: [...row.querySelectorAll("data")].map((data) => Number(data.value)),
}))"""

TOTALS = """name => [...document.querySelectorAll(`#${name} .layers tfoot data`)]
  .map((data) => Number(data.value))"""


@pytest.fixture(scope="module")
def visit(open_for_module: Open) -> Visit:
    return open_for_module(LayerCalculator())


def _set(visit: Visit, shape: list[int], layers: list[dict[str, Any]], rounding: str) -> None:
    """Type a network in, layer by layer."""
    figure = visit.figure(NAME)
    while (away := figure.get_by_role("button", name="Remove layer 1", exact=True)).count():
        away.click()
    visit.drive(
        NAME,
        fields=dict(zip(("Input depth", "Input height", "Input width"), shape, strict=True)),
        selects={"Where it does not fit": rounding},
    )
    labels = {
        "out_channels": "filters K",
        "out_features": "neurons K",
        "kernel_size": {"conv": "filter size F", "pool": "window size F"},
        "stride": "stride S",
        "padding": "padding P",
    }
    for index, layer in enumerate(layers, start=1):
        kind = layer["kind"]
        figure.get_by_role("button", name=f"Add {kind.upper()}").click()
        fields = {}
        for key, label in labels.items():
            if key in layer:
                name = label[kind] if isinstance(label, dict) else label
                fields[f"Layer {index}, {name}"] = layer[key]
        checks = {f"Layer {index}, bias": layer["bias"]} if "bias" in layer else {}
        visit.drive(NAME, fields=fields, checks=checks)


def _torch(shape: list[int], layers: list[dict[str, Any]]) -> list[tuple[list[int], int]]:
    """Return each layer's output shape and parameters, as PyTorch has them."""
    value = torch.zeros(1, *shape, device="meta")
    found = []
    for layer in layers:
        module: nn.Module
        if layer["kind"] == "conv":
            module = nn.Conv2d(
                value.shape[1],
                layer["out_channels"],
                layer["kernel_size"],
                layer["stride"],
                layer["padding"],
                bias=layer["bias"],
                device="meta",
            )
        elif layer["kind"] == "pool":
            # max_pool2d refuses a padding of more than half the window; its size is the same.
            module = nn.Unfold(
                layer["kernel_size"], stride=layer["stride"], padding=layer["padding"]
            )
            height, width = (
                (n + 2 * layer["padding"] - layer["kernel_size"]) // layer["stride"] + 1
                for n in value.shape[2:]
            )
            value = value.new_zeros(1, value.shape[1], height, width)
            found.append((list(value.shape[1:]), 0))
            continue
        else:
            value = value.flatten(1)
            module = nn.Linear(
                value.shape[1], layer["out_features"], bias=layer["bias"], device="meta"
            )
        value = module(value)
        found.append((list(value.shape[1:]), sum(each.numel() for each in module.parameters())))
    return found


def _random(seed: int) -> tuple[list[int], list[dict[str, Any]]]:
    choose = random.Random(seed)
    shape = [choose.randint(1, 5), choose.randint(12, 60), choose.randint(12, 60)]
    layers: list[dict[str, Any]] = []
    sides = shape[1:]
    for _ in range(choose.randint(1, 4)):
        kernel, stride, padding = choose.randint(1, 5), choose.randint(1, 3), choose.randint(0, 2)
        if min(sides) + 2 * padding < kernel:
            break
        sides = [(n + 2 * padding - kernel) // stride + 1 for n in sides]
        layer: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "padding": padding}
        if choose.random() < 0.6:
            bias = choose.random() < 0.8
            layer = {"kind": "conv", "out_channels": choose.randint(1, 64), **layer, "bias": bias}
        else:
            layer = {"kind": "pool", **layer, "padding": min(padding, kernel // 2)}
        layers.append(layer)
        sides = _torch(shape, layers)[-1][0][1:]
    layers.extend(
        {"kind": "fc", "out_features": choose.randint(1, 500), "bias": True}
        for _ in range(choose.randint(0, 2))
    )
    return shape, layers


def assert_case_is_right(visit: Visit, seed: int) -> None:
    """Type a random network in, and compare its shapes and parameters with PyTorch's."""
    shape, layers = _random(seed)
    _set(visit, shape, layers, "floor")
    rows = visit.page.evaluate(READ, NAME)[1:]
    expected = _torch(shape, layers)
    assert len(rows) == len(expected)
    for row, (output, parameters) in zip(rows, expected, strict=True):
        text = row["text"][1].split("from")[0]
        assert text == (
            f"{output[1]}×{output[2]}×{output[0]}" if len(output) == 3 else str(output[0])
        )
        assert row["numbers"][0] == parameters
        assert row["numbers"][2] == torch.Size(output).numel()
    assert visit.errors == []


@pytest.mark.parametrize("seed", range(40))
def test_shapes_and_parameters_are_pytorchs(visit: Visit, seed: int) -> None:
    assert_case_is_right(visit, seed)


@pytest.mark.parametrize("seed", range(200))
def test_python_counts_what_pytorch_has(seed: int) -> None:
    shape, layers = _random(seed)
    calculator = LayerCalculator(input_shape=shape, layers=layers, rounding="floor")
    found = [(list(cost.shape), cost.parameters) for cost in calculator.costs()]
    assert found == _torch(shape, layers)


@pytest.mark.parametrize("seed", range(200))
def test_the_page_counts_what_python_counts(visit: Visit, seed: int) -> None:
    """The page gets the network as a link brings it; Python is checked against PyTorch above."""
    shape, layers = _random(seed)
    calculator = LayerCalculator(input_shape=shape, layers=layers, rounding="floor")
    visit.page.evaluate(
        """([name, state]) => {
          location.hash = `${name}=${encodeURIComponent(JSON.stringify(state))}`;
          return new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
        }""",
        [NAME, calculator.state()],
    )
    rows = visit.page.evaluate(READ, NAME)[1:]
    assert len(rows) == len(layers)
    for row, cost in zip(rows, calculator.costs(), strict=True):
        numbers = torch.Size(cost.shape).numel()
        assert row["numbers"] == [cost.parameters, cost.macs, numbers]
        sees = row["text"][5]
        assert sees == ("all" if cost.field is None else str(cost.field))


@pytest.mark.parametrize(
    ("network", "parameters", "macs", "activations"),
    [
        ("ten 5×5 filters (slide 39)", 760, 5 * 5 * 3 * 10 * 32 * 32, None),
        ("1×1 filters (slide 45)", 2_080, 64 * 32 * 56 * 56, None),
        ("LeNet-5", 61_706, None, None),
        ("AlexNet, in one tower", 62_378_344, None, None),
        ("VGG-16", 138_357_544, 15_470_264_320, 15_237_608),
        ("ResNet-50’s stem", 9_408, 118_013_952, None),
    ],
)
def test_a_network_has_its_published_totals(
    visit: Visit, network: str, parameters: int, macs: int | None, activations: int | None
) -> None:
    visit.drive(NAME, selects={"Network": network})
    totals = visit.page.evaluate(TOTALS, NAME)
    assert totals[0] == parameters
    assert macs is None or totals[1] == macs
    assert activations is None or totals[2] == activations
    calculator = LayerCalculator(network=network)
    assert sum(cost.parameters for cost in calculator.costs()) == parameters


def _largest() -> LayerCalculator:
    """Return the calculator with the largest numbers that its controls take."""
    conv = {"kind": "conv", "out_channels": 8192, "kernel_size": 511, "padding": 64}
    dense = {"kind": "fc", "out_features": 100_000}
    return LayerCalculator(input_shape=[4095, 4095, 4095], layers=[conv, dense])


def test_large_numbers_are_exact_to_the_last_digit(open_page: Open) -> None:
    calculator = _largest()
    figure = open_page(calculator).figure(NAME)
    rows = figure.locator("tbody tr").all()[1:]
    shown = [[cell.get_attribute("value") for cell in row.locator("data").all()] for row in rows]
    # 4095 + 2·64 − 511 + 1 = 3713 rows and columns.
    weights, positions = 511**2 * 4095 * 8192, 3713**2
    inputs = 8192 * positions
    assert shown == [
        [str(weights + 8192), str(weights * positions), str(inputs)],
        [str(inputs * 100_000 + 100_000), str(inputs * 100_000), "100000"],
    ]
    counted = [[str(cost.parameters), str(cost.macs)] for cost in calculator.costs()]
    assert counted == [row[:2] for row in shown]
    # 4 bytes for each of 4095³ + 8192·3713² + 100,000 numbers.
    assert "(726 GB in float32)" in figure.get_by_role("status").first.inner_text()


@pytest.mark.parametrize("width", [720, 680])
@pytest.mark.parametrize("network", NETWORKS)
def test_the_table_fits_its_figure(open_page: Open, network: str, width: int) -> None:
    """Its widths are the book's text column at 1360 pixels and more, and at 1280."""
    visit = open_page(
        LayerCalculator(network=network), viewport={"width": width + 32, "height": 900}
    )
    scroller = visit.figure(NAME).locator(".scroll")
    assert scroller.evaluate("one => [one.clientWidth, one.scrollWidth]") == [width, width]


@pytest.mark.parametrize("width", [752, 712, 620, PHONE["width"]])
def test_large_numbers_leave_the_buttons_in_sight(open_page: Open, width: int) -> None:
    figure = open_page(_largest(), viewport={"width": width, "height": 900}).figure(NAME)
    right = figure.bounding_box()["x"] + figure.bounding_box()["width"]
    for button in figure.get_by_role("button", name="Remove layer").all():
        assert button.bounding_box()["x"] + button.bounding_box()["width"] <= right + 0.5
    clipped = "fields => fields.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert figure.get_by_role("spinbutton").evaluate_all(clipped) == 0


def test_a_phone_shows_no_heading_without_a_number(open_page: Open) -> None:
    figure = open_page(LayerCalculator(), viewport=PHONE).figure(NAME)
    totals = figure.locator("tfoot td[data-name]").all()
    assert [cell.inner_text() != "" for cell in totals] == [cell.is_visible() for cell in totals]
    assert sum(cell.is_visible() for cell in totals) == 3


@pytest.mark.parametrize("network", NETWORKS)
def test_the_page_knows_pythons_networks(open_page: Open, network: str) -> None:
    """A layer that differed would make it the reader's own."""
    visit = open_page(LayerCalculator(network=network))
    assert visit.figure(NAME).get_by_label("Network").input_value() == network


@pytest.mark.parametrize(
    ("network", "build"),
    [("LeNet-5", architectures.lenet5), ("VGG-16", architectures.vgg16)],
)
def test_a_network_has_as_many_parameters_as_the_real_one(network: str, build: Any) -> None:
    costs = LayerCalculator(network=network).costs()
    with torch.device("meta"):
        model = build()
    assert sum(cost.parameters for cost in costs) == sum(p.numel() for p in model.parameters())


def test_it_says_which_layer_does_not_fit(open_page: Open) -> None:
    visit = open_page(LayerCalculator(network="stride 3 on 7×7 (slide 33)"))
    figure = visit.figure(NAME)
    assert "Layer 1 does not fit: (7 + 2·0 − 3)/3 + 1 = 7/3" in figure.inner_text()
    figure.get_by_role("button", name="Add FC").click()
    rows = visit.page.evaluate(READ, NAME)
    assert "not reached" in rows[2]["text"][1]
    figure.get_by_label("Where it does not fit").select_option("floor")
    rows = visit.page.evaluate(READ, NAME)
    assert rows[1]["text"][1] == "2×2×1from 7/3"
    assert rows[2]["numbers"] == [50, 40, 10]
    assert visit.page.evaluate(READ, NAME)[2]["text"][5] == "all"


def test_padding_beyond_half_a_pooling_window_does_not_fit(open_page: Open) -> None:
    layer = {"kind": "pool", "kernel_size": 2, "stride": 2, "padding": 2}
    with pytest.raises(RuntimeError, match="at most half"):
        nn.MaxPool2d(2, 2, 2)(torch.zeros(1, 64, 224, 224))
    calculator = LayerCalculator(input_shape=[64, 224, 224], layers=[layer])
    assert calculator.costs() == []
    assert "does not fit" in calculator.still()
    visit = open_page(calculator)
    text = visit.figure(NAME).inner_text()
    assert (
        "Layer 1 does not fit: A padding of 2 is more than half the window of 2, "
        "which PyTorch refuses."
    ) in text
    visit.drive(NAME, fields={"Layer 1, padding P": 1})
    assert visit.page.evaluate(READ, NAME)[1]["text"][1] == "113×113×64"
    assert calculator.measures()["notes"] == 0


def test_layers_are_added_changed_and_removed_by_keyboard(open_page: Open) -> None:
    visit = open_page(LayerCalculator())
    figure, keyboard = visit.figure(NAME), visit.page.keyboard
    figure.get_by_role("button", name="Add POOL").focus()
    keyboard.press("Enter")
    assert figure.locator("tbody tr").count() == 3
    figure.get_by_label("Layer 1, filters K").focus()
    keyboard.press("ArrowUp")
    assert visit.page.evaluate(READ, NAME)[1]["numbers"][0] == 76 * 11
    assert visit.page.evaluate("document.activeElement.ariaLabel") == "Layer 1, filters K"
    figure.get_by_label("Layer 2, kind").focus()
    keyboard.press("ArrowDown")
    focused = visit.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "Layer 2, kind"
    assert figure.get_by_label("Layer 2, neurons K").input_value() == "10"
    figure.get_by_role("button", name="Remove layer 1", exact=True).press("Enter")
    assert visit.page.evaluate(READ, NAME)[1]["numbers"][0] == (3 * 32 * 32 + 1) * 10


def test_a_bad_number_gives_a_message_and_changes_nothing(open_page: Open) -> None:
    visit = open_page(LayerCalculator())
    figure = visit.figure(NAME)
    figure.get_by_label("Layer 1, stride S").fill("0")
    message = "Layer 1, stride S must be a whole number from 1 to 64, not 0."
    assert figure.get_by_role("alert").filter(has_text=message).count() == 1
    assert visit.page.evaluate(READ, NAME)[1]["numbers"][0] == 760


@pytest.mark.parametrize(("text", "neurons"), [("1,000", 1000), ("4,096", 4096), ("10", 10)])
def test_a_number_is_typed_as_the_figure_writes_it(
    open_page: Open, text: str, neurons: int
) -> None:
    visit = open_page(LayerCalculator(network="LeNet-5"))
    figure = visit.figure(NAME)
    figure.get_by_label("Layer 7, neurons K").fill(text)
    assert visit.page.evaluate(READ, NAME)[7]["numbers"] == [85 * neurons, 84 * neurons, neurons]


@pytest.mark.parametrize("text", ["1,00", "1,0000", ",100", "1,000,00", "1,5"])
def test_other_commas_in_a_whole_number_are_refused(open_page: Open, text: str) -> None:
    visit = open_page(LayerCalculator(network="LeNet-5"))
    figure = visit.figure(NAME)
    figure.get_by_label("Layer 7, neurons K").fill(text)
    message = "Layer 7, neurons K must be a whole number from 1 to 100000, not"
    assert figure.get_by_role("alert").filter(has_text=message).count() == 1
    assert visit.page.evaluate(READ, NAME)[7]["numbers"][2] == 10


def test_a_link_restores_the_network(open_page: Open) -> None:
    visit = open_page(LayerCalculator(), **COPYING)
    visit.drive(NAME, selects={"Network": "AlexNet, in one tower"})
    visit.drive(NAME, fields={"Layer 2, window size F": 2})
    again = open_page(LayerCalculator(), hash=visit.link(NAME), **COPYING)
    assert again.page.evaluate(READ, NAME) == visit.page.evaluate(READ, NAME)


@pytest.mark.parametrize("network", ["LeNet-5", "ResNet-50’s stem"])
def test_the_code_that_it_copies_counts_the_same(open_page: Open, network: str) -> None:
    visit = open_page(
        LayerCalculator(network=network),
        **COPYING,
    )
    code = visit.copied(NAME, "Copy as PyTorch").replace("print(", "result = (")
    scope: dict[str, Any] = {}
    exec(code, scope)  # noqa: S102 - the figure's own code, as a reader would run it
    totals = visit.page.evaluate(TOTALS, NAME)
    assert scope["result"].parameters == totals[0]
    assert scope["result"].multiply_adds == totals[1]
    learning = [i for i, layer in enumerate(NETWORKS[network][1]) if layer["kind"] != "pool"]
    relus = sum(isinstance(module, nn.ReLU) for module in scope["model"])
    assert relus == len(learning) - (learning[-1] == len(NETWORKS[network][1]) - 1)
    assert "Lazy" not in code


@pytest.mark.parametrize(
    ("traits", "reason"),
    [
        ({"network": "GoogLeNet"}, "network must be one of"),
        ({"input_shape": [3, 32]}, "input_shape"),
        ({"layers": [{"kind": "dropout"}]}, "kind must be 'conv', 'pool' or 'fc'"),
        ({"layers": [{"kind": "conv", "kernel_size": 3}]}, "out_channels must be a whole number"),
        ({"layers": [{"kind": "fc", "out_features": 0}]}, r"layers\[0\]: out_features must be"),
        ({"layers": [{"kind": "pool", "kernel_size": 2, "units": 1}]}, "no setting 'units'"),
        ({"layers": [{"kind": "fc", "out_features": 1, "bias": 1}]}, "bias must be True or False"),
        ({"layers": [NETWORKS["LeNet-5"][1][0]] * 41}, "at most 40"),
    ],
)
def test_a_wrong_trait_raises(traits: dict[str, Any], reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        LayerCalculator(**traits)


def test_the_focus_stays_in_the_figure_when_its_control_goes(open_page: Open) -> None:
    visit = open_page(LayerCalculator())
    figure, keyboard = visit.figure(NAME), visit.page.keyboard
    focused = "(document.activeElement.ariaLabel ?? document.activeElement.textContent)"
    figure.get_by_role("button", name="Add FC").press("Enter")
    figure.get_by_role("button", name="Remove layer 2").press("Enter")
    assert visit.page.evaluate(focused) == "Remove layer 1"
    keyboard.press("Enter")
    assert visit.page.evaluate(focused) == "Add CONV"
    full = open_page(LayerCalculator(layers=[NETWORKS["LeNet-5"][1][-1]] * 39))
    full.figure(NAME).get_by_role("button", name="Add FC").press("Enter")
    assert full.page.evaluate(focused) == "Remove layer 40"


def test_a_network_cannot_be_called_the_readers_own(open_page: Open) -> None:
    visit = open_page(LayerCalculator(network="LeNet-5"))
    visit.drive(NAME, selects={"Network": "your own"})
    assert visit.figure(NAME).get_by_label("Network").input_value() == "LeNet-5"
