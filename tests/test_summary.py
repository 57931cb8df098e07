"""`summarize`: published totals of four networks, and a model that is left as it was."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from tests.architectures import alexnet, lenet5, resnet50, vgg16
from torch import Tensor, nn

from cnnbook._table import _bytes, _short
from cnnbook.summary import Summary, summarize

# AlexNet, VGG-16, ResNet-50: `num_params` and `_ops` (billions of multiply-adds, three decimals) of
# the IMAGENET1K_V1 weights in torchvision/models/{alexnet,vgg,resnet}.py.
# LeNet-5: no totals are published for this variant; see test_lenet5 for those of its layers.
PUBLISHED = {
    alexnet: (61_100_840, 0.714),
    vgg16: (138_357_544, 15.47),
    resnet50: (25_557_032, 4.089),
}


@pytest.fixture(scope="module", params=PUBLISHED, ids=lambda build: build.__name__)
def published(request: pytest.FixtureRequest) -> tuple[str, Summary]:
    with torch.device("meta"):  # shapes without numbers: 138 million parameters in no time
        return request.param.__name__, summarize(request.param(), (3, 224, 224))


def test_published_totals(published: tuple[str, Summary]) -> None:
    name, summary = published
    totals = {build.__name__: numbers for build, numbers in PUBLISHED.items()}
    assert (summary.parameters, round(summary.multiply_adds / 1e9, 3)) == totals[name]
    assert sum(row.parameters for row in summary.rows) == summary.parameters


def test_published_receptive_fields(published: tuple[str, Summary]) -> None:
    """The last map before the classifier: see test_receptive_field for the sources.

    ResNet-50's is 427 in torchvision's variant and 483 in TF-Slim's, which strides elsewhere.
    """
    name, summary = published
    last = next(row for row in reversed(summary.rows) if row.receptive_field)
    assert last.receptive_field is not None
    size = {"alexnet": 195, "vgg16": 212, "resnet50": 427}[name]
    assert last.receptive_field.size == (size, size)
    assert last.receptive_field.jump == (32, 32)
    assert last.receptive_field.name == last.name
    blank = [row for row in summary.rows if row.receptive_field is None]
    assert {row.reason for row in blank} == {"from avgpool (AdaptiveAvgPool2d) on"}
    assert summary.notes == ("No fixed receptive field from avgpool (AdaptiveAvgPool2d) on.",)


def test_text_fits_the_page(published: tuple[str, Summary]) -> None:
    name, summary = published
    lines = str(summary).splitlines()
    assert max(map(len, lines)) <= 90
    assert lines[0].endswith(", one input of 3×224×224")
    assert f"{PUBLISHED[{b.__name__: b for b in PUBLISHED}[name]][0]:,}" in lines[-2]


def test_vgg16_activations() -> None:
    """15.2 million numbers, 61 MB, not the 24 million of well-known lecture notes.

    Convolutions 64 · 224² · 2 + 128 · 112² · 2 + 256 · 56² · 3 + 512 · 28² · 3 + 512 · 14² · 3, a
    quarter of a map of each stage for its pooling, the input 3 · 224², and 4096 + 4096 + 1000. The
    ReLUs work in place. The paper has no avgpool, which copies the last 7 × 7 maps.
    """
    with torch.device("meta"):
        summary = summarize(vgg16(), (3, 224, 224))
    memory = summary.memory - next(row.memory for row in summary.rows if row.name == "avgpool")
    stages = [(64, 224, 2), (128, 112, 2), (256, 56, 3), (512, 28, 3), (512, 14, 3)]
    numbers = sum(k * n * n * depth + k * (n // 2) ** 2 for k, n, depth in stages)
    assert memory == 4 * (numbers + 3 * 224 * 224 + 4096 + 4096 + 1000) == 4 * 15_237_608


def test_lenet5() -> None:
    """LeCun et al. (1998), II.B: C1 has 156 parameters, C5 48,120 and F6 10,164.

    Their C3 has 1,516 by its sparse table: 6 maps read 3 maps, 9 read 4 and 1 reads 6, so
    25 · (6 · 3 + 9 · 4 + 6) + 16. Reading all six, as here, takes 25 · 6 · 16 + 16 = 2,416.
    The common variant's total is 156 + 2,416 + 48,120 + 10,164 + 850 = 61,706.
    """
    assert 25 * (6 * 3 + 9 * 4 + 6) + 16 == 1_516
    summary = summarize(lenet5(), (1, 32, 32))
    rows = {row.name: row for row in summary.rows}
    parameters = {"c1": 156, "c3": 2_416, "c5": 48_120, "f6": 10_164, "output": 850}
    assert {name: rows[name].parameters for name in parameters} == parameters
    assert summary.parameters == 61_706
    # 5·5·1 · 28·28·6, 5·5·6 · 10·10·16, 5·5·16 · 120, 120 · 84, 84 · 10
    macs = {"c1": 117_600, "c3": 240_000, "c5": 48_000, "f6": 10_080, "output": 840}
    assert {name: rows[name].multiply_adds for name in macs} == macs
    # 5; pooled 6 by functional calls, + 4 · 2 = 14; pooled 16, + 4 · 4 = 32: the whole image.
    fields = [rows[name].receptive_field for name in ("c1", "c3", "c5")]
    assert [field and field.size for field in fields] == [(5, 5), (14, 14), (32, 32)]
    assert rows["f6"].reason == "from LeNet5 (view) on"


class Paths(nn.Module):
    """Two paths that meet, in one of several ways."""

    def __init__(self, meet: str, left: nn.Module, right: nn.Module) -> None:
        super().__init__()
        self.meet, self.left, self.right, self.end = meet, left, right, nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        left, right = self.left(x), self.right(x)
        return self.end(left + right if self.meet == "add" else torch.cat([left, right], 1))  # type: ignore[no-any-return]


@pytest.mark.parametrize("meet", ["add", "cat"])
def test_the_field_spans_all_paths(meet: str) -> None:
    """Pixels 0..4 on one path and −1..1 on the other: −1..4, whose centre is 1.5."""
    paths = Paths(
        meet, nn.Conv2d(1, 2, 5), nn.Sequential(nn.ZeroPad2d((1, -3, 1, -3)), nn.Conv2d(1, 2, 3))
    )
    field = summarize(paths, (1, 9, 9)).rows[-1].receptive_field
    assert field is not None
    assert (field.size, field.start, field.of_neuron(0, 0)) == (
        (6, 6),
        (1.5, 1.5),
        ((-1, 4), (-1, 4)),
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (nn.MaxPool2d(2), nn.Conv2d(1, 1, 5)),  # as large from 8, but with other jumps
        (nn.Identity(), nn.AdaptiveAvgPool2d(1)),  # one map for all positions
        (nn.Identity(), nn.ConvTranspose2d(1, 1, 1)),
        (nn.Identity(), nn.Conv2d(1, 1, 8)),  # one number for all positions
        (nn.Identity(), nn.BatchNorm2d(1, track_running_stats=False)),  # statistics of this map
    ],
    ids=lambda module: type(module).__name__,
)
def test_paths_without_a_common_field_are_left_open(left: nn.Module, right: nn.Module) -> None:
    row = summarize(Paths("add", left, right), (1, 8, 8)).rows[-1]
    assert row.receptive_field is None
    assert row.reason.startswith("from ")


class PartlyWritten(nn.Module):
    """What a 5×5 convolution says is written into a part of a tensor, in place."""

    def __init__(self, blank: bool, end: nn.Module) -> None:
        super().__init__()
        self.blank, self.first, self.end = blank, nn.Conv2d(4, 2, 5, padding=2), end

    def forward(self, x: Tensor) -> Tensor:
        y = torch.zeros(x.shape) if self.blank else x.clone()
        y[:, :2] += self.first(x)
        return self.end(y)  # type: ignore[no-any-return]


@pytest.mark.parametrize("blank", [False, True])
@pytest.mark.parametrize("end", [nn.Conv2d(4, 4, 3), nn.Sequential()])
def test_a_field_is_left_open_after_writing_to_a_part(blank: bool, end: nn.Module) -> None:
    """3×3 would be wrong: the gradient reaches 5 + 2 = 7 pixels."""
    row = summarize(PartlyWritten(blank, end), (4, 9, 9)).rows[-1]
    assert row.receptive_field is None
    assert row.reason.startswith("from PartlyWritten (")


def test_adding_in_place_to_a_whole_tensor_keeps_the_field() -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.end = nn.Conv2d(4, 4, 5, padding=2), nn.Conv2d(4, 4, 3)

        def forward(self, x: Tensor) -> Tensor:
            y = self.first(x)
            y += x
            return self.end(y.relu_())  # type: ignore[no-any-return]

    field = summarize(Residual(), (4, 9, 9)).rows[-1].receptive_field
    assert field is not None
    assert field.size == (7, 7)


def test_modules_and_functions_agree() -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(4, 3, 5, 3))
            self.scale = nn.Parameter(torch.zeros(4, 1, 1))

        def forward(self, x: Tensor) -> Tensor:
            x = nn.functional.conv2d(nn.functional.pad(x, (1, 2)), self.weight, padding=(2, 0))
            return nn.functional.max_pool2d(torch.sigmoid(x * self.scale), 2, padding=1, dilation=2)

    modules = nn.Sequential(
        nn.ZeroPad2d((1, 2, 0, 0)), nn.Conv2d(3, 4, (5, 3), padding=(2, 0), bias=False),
        nn.Sigmoid(), nn.LocalResponseNorm(3), nn.PReLU(), nn.Hardswish(), nn.Dropout(),
        nn.BatchNorm2d(4), nn.MaxPool2d(2, padding=1, dilation=2),
    )  # fmt: skip
    row, expected = summarize(Functional(), (3, 9, 12)), summarize(modules, (3, 9, 12))
    function, last = row.rows[-1], expected.rows[-1]
    assert (function.name, function.output_shape) == ("Functional", last.output_shape)
    assert function.multiply_adds == expected.multiply_adds == 5 * 3 * 3 * 4 * 9 * 13
    assert function.receptive_field is not None
    assert last.receptive_field is not None
    assert function.receptive_field.of_neuron(1, 2) == last.receptive_field.of_neuron(1, 2)
    assert function.parameters == row.parameters == 4 * 3 * 5 * 3 + 4


def test_matrix_products_and_transposed_convolutions_are_counted() -> None:
    class Products(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.up = nn.ConvTranspose2d(3, 4, (2, 3), bias=False)

        def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
            y = self.up(x)[0]  # 3 · 5 · 6 inputs, each to 4 · 2 · 3 outputs; y is 4 × 6 × 8
            z = torch.bmm(y, y.mT)  # 4 products of 6 × 8 and 8 × 6
            return z[:, None], {"sum": torch.baddbmm(z, y, y.mT) + y[0] @ y[0].T}

    summary = summarize(Products(), (3, 5, 6))
    assert [row.name for row in summary.rows] == ["input", "up", "Products"]
    assert summary.rows[1].multiply_adds == 3 * 5 * 6 * 4 * 2 * 3
    assert summary.rows[2].multiply_adds == (4 + 4 + 1) * 6 * 8 * 6
    assert summary.rows[2].memory == 4 * (4 * 6 * 6 + 4 * 6 * 6)


class Attention(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        heads = x[:, None]
        return nn.functional.scaled_dot_product_attention(heads, heads, heads)


class Twice(nn.Bilinear):
    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x, x)


@pytest.mark.parametrize(
    ("model", "operation"),
    [
        (nn.LSTM(4, 4), r"\w*(rnn|lstm)\w* in LSTM \(LSTM\)"),
        (Twice(4, 4, 2), r"trilinear in Twice \(Twice\)"),
        (Attention(), r"\w*attention\w* in Attention \(Attention\)"),
        (
            nn.TransformerEncoderLayer(4, 2, 4, batch_first=True),
            r"\w*(attention|transformer)\w* in",
        ),
    ],
)
def test_products_that_are_not_counted_are_noted(model: nn.Module, operation: str) -> None:
    notes = "\n".join(summarize(model, (5, 4)).notes)
    assert re.search(f"^Multiply-adds of {operation}.* are not counted\\.$", notes, re.M)


def test_products_with_vectors_are_counted() -> None:
    class Vectors(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x[0] @ x[0, 0]) * (x[0, 0] @ x[0, 0])  # 5 · 4 and 4

    assert summarize(Vectors(), (5, 4)).multiply_adds == 5 * 4 + 4


def test_shared_parameters_count_once_and_idle_ones_are_noted() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)
            self.tied = nn.Conv2d(3, 3, 3, padding=1)
            self.tied.weight = self.conv.weight
            self.idle = nn.Linear(2, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.tied(self.conv(self.conv(x)))  # type: ignore[no-any-return]

    model = Shared()
    summary = summarize(model, (3, 5, 5))
    assert [(row.name, row.parameters) for row in summary.rows[1:]] == [
        ("conv", 84),
        ("conv", 0),
        ("tied", 3),
    ]
    assert summary.parameters == 84 + 3 + 9
    assert summary.notes == ("Not called as a module: idle (9 parameters, in the total).",)
    assert [row.multiply_adds for row in summary.rows[1:]] == [5 * 5 * 3 * 27] * 3


@pytest.mark.parametrize("fails", [False, True])
def test_the_model_is_left_as_it_was(fails: bool) -> None:
    class Random(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            assert not self.training
            assert not torch.is_grad_enabled()
            return x + torch.rand(1)

    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), Random(), nn.Dropout())
    model.train()
    model[1].eval()  # a mixture of modes must come back as a mixture
    if fails:
        model.append(nn.Linear(7, 7))
    statistics = [buffer.clone() for buffer in model.buffers()]
    random_state, modes = torch.get_rng_state(), [module.training for module in model.modules()]
    if fails:
        with pytest.raises(ValueError, match=r"^4: Linear"):
            summarize(model, (3, 6, 6))
    else:
        summarize(model, (3, 6, 6))
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random_state)
    assert all(map(torch.equal, model.buffers(), statistics))
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("made_inside", [False, True])
def test_inference_mode_hides_nothing(made_inside: bool) -> None:
    with torch.inference_mode(made_inside):
        model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    with torch.inference_mode():
        summary = summarize(model, (3, 8, 8))
        assert torch.is_inference_mode_enabled()
    assert summary.multiply_adds == 3 * 3 * 3 * 4 * 6 * 6
    assert summary.rows[-1].receptive_field is not None
    assert summary.rows[-1].receptive_field.size == (3, 3)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(400, 120)),
         r"^1: Linear\(in_features=400, out_features=120, bias=True\) does not fit an input of "
         r"shape \(75,\) \(without the batch axis\): mat1 and mat2 shapes cannot be multiplied"),
        (nn.Sequential(nn.Sequential(nn.Conv2d(1, 6, 5))),
         r"^0\.0: Conv2d\(1, 6, .*\) does not fit an input of shape \(3, 5, 5\) .*3 channels"),
        (nn.Conv2d(3, 6, 7), r"^Conv2d: Conv2d\(3, 6, .* shape \(3, 5, 5\)"),
        (Paths("add", nn.Conv2d(3, 6, 2), nn.Conv2d(3, 6, 3)),
         r"^Paths: its own forward does not fit an input of shape \(3, 5, 5\) .* size of tensor a"),
    ],
)  # fmt: skip
def test_a_layer_that_does_not_fit_is_named(model: nn.Module, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        summarize(model, (3, 5, 5))


class Typo(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv9(x)  # type: ignore[no-any-return, operator]


class TwoInputs(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


class Unfinished(nn.Module): ...


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Typo(), r"^Typo: Typo\(\) raises AttributeError on an input of shape \(3, 5, 5\) .*conv9"),
        (TwoInputs(), r"^TwoInputs: TwoInputs\(\) raises TypeError on an .* missing 1 required"),
        (Unfinished(), r"^Unfinished: Unfinished\(\) raises NotImplementedError on .* missing"),
    ],
)
def test_a_slip_is_not_called_a_misfit(model: nn.Module, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        summarize(model, (3, 5, 5))


def test_a_caught_failure_is_no_failure() -> None:
    class Careful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wrong, self.right = nn.Conv2d(1, 1, 1), nn.Conv2d(3, 1, 1)

        def forward(self, x: Tensor) -> Tensor:
            try:
                return self.wrong(x)  # type: ignore[no-any-return]
            except RuntimeError:
                return self.right(x)  # type: ignore[no-any-return]

    summary = summarize(nn.Sequential(Careful(), nn.ReLU()), (3, 2, 2))
    assert [row.name for row in summary.rows] == ["input", "0.right", "1"]


def test_a_model_may_look_at_its_numbers() -> None:
    class Brighter(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + 1 if x.max().item() < 1 and x[:, :, :1, :1].item() < 1 else x

    def look(module: nn.Module, args: tuple[Tensor, ...]) -> None:
        args[0].mean().item()

    model = nn.Sequential(Brighter(), nn.Conv2d(1, 1, 3))
    model.register_forward_pre_hook(look)
    field = summarize(model, (1, 4, 4)).rows[-1].receptive_field
    assert field is not None
    assert field.size == (3, 3)


def test_a_failure_before_the_first_layer() -> None:
    model = nn.Conv2d(3, 4, 3)
    model.register_forward_pre_hook(lambda *_: dict[str, int]()["missing"])
    with pytest.raises(ValueError, match="the model cannot be run: KeyError: 'missing'"):
        summarize(model, (3, 4, 4))


def test_numpys_integers_make_a_shape() -> None:
    summary = summarize(nn.ReLU(), (3, np.int64(8), np.uint8(8)))  # type: ignore[arg-type]
    assert summary == summarize(nn.ReLU(), (3, 8, 8))
    assert {type(size) for row in summary.rows for size in row.output_shape} == {int}


@pytest.mark.parametrize(
    "shape", [(3, 0, 32), (3, True, 32), (3, 32.0, 32), [3, 32, 32], 32, (None, 3, 2)]
)
def test_input_shape_is_checked(shape: object) -> None:
    with pytest.raises(ValueError, match=r"such as \(3, 32, 32\), got"):
        summarize(nn.ReLU(), shape)  # type: ignore[arg-type]


def test_model_is_checked() -> None:
    with pytest.raises(TypeError, match="model must be a PyTorch module, got function"):
        summarize(alexnet, (3, 224, 224))  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_compiled_models_are_refused() -> None:
    image = torch.zeros(1, 3, 5, 5)
    traced = torch.jit.trace(nn.Conv2d(3, 4, 3), image)  # type: ignore[no-untyped-call]
    with pytest.raises(TypeError, match=r"compiled by torch\.jit, .* but the whole model is$"):
        summarize(traced, (3, 5, 5))
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(torch.jit.script(nn.ReLU())))
    with pytest.raises(TypeError, match=r"compiled by torch\.jit, .* but 1\.0 is$"):
        summarize(model, (3, 5, 5))


def test_a_lazy_model_is_refused_and_stays_lazy() -> None:
    lazy = nn.LazyLinear(10)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), lazy)
    with pytest.raises(ValueError, match=r"must have run once: 2\.weight is lazy"):
        summarize(model, (1, 5, 5))
    assert nn.parameter.is_lazy(lazy.weight)
    model(torch.zeros(1, 1, 5, 5))
    assert summarize(model, (1, 5, 5)).parameters == (9 + 1) * 2 + (2 * 3 * 3 + 1) * 10


def test_other_precision_and_odd_outputs() -> None:
    class Nothing(nn.Module):
        def forward(self, x: Tensor) -> None:
            return None

    model = nn.Sequential(nn.Conv2d(1, 1, 1), Nothing()).double()
    rows = summarize(model, (1, 2, 2)).rows
    assert [row.memory for row in rows] == [32, 32, 0]
    assert rows[-1].output_shape == ()


class Page(HTMLParser):
    """What a browser would make of the table."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_html_is_semantic_and_escaped() -> None:
    evil = "<img src=x onerror=alert(1)>&'\""
    model = nn.Sequential()
    model.add_module(evil, type(evil, (nn.Conv2d,), {})(3, 4, 3))
    model.add_module("pool", nn.AdaptiveAvgPool2d(1))
    summary = summarize(model, (3, 64, 64))
    page = Page(summary._repr_html_())
    assert set(page.tags) == {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
    assert ("table", "class", "cnnbook-summary") in page.attributes
    assert {name for _, name, _ in page.attributes} == {"class", "scope", "colspan"}
    scopes = [value for tag, name, value in page.attributes if (tag, name) == ("th", "scope")]
    assert scopes == ["col"] * 7 + ["row"] * 4
    assert page.text.count(evil) == 2  # the name and the type, as text
    assert page.text[0] == "Sequential, one input of 3×64×64"
    assert f"{3 * 9 * 4 * 62 * 62:,}" in page.text
    assert "No fixed receptive field from pool (AdaptiveAvgPool2d) on." in page.text


def test_long_names_give_way() -> None:
    class AVeryLongNameForALayerThatDoesNothingAtAll(nn.Conv2d): ...

    model = nn.Sequential()
    model.add_module("a_long_name_" * 5, AVeryLongNameForALayerThatDoesNothingAtAll(1, 1, 1))
    lines = str(summarize(model, (1, 123_456, 2))).splitlines()
    assert max(map(len, lines)) <= 90
    assert lines[5].startswith("…")
    assert "g_name_  AVeryLongNameForALay" in lines[5]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999_999, "999,999"),
        (1_000_000, "1.00 M"),
        (9_994_999, "9.99 M"),
        (10_000_000, "10.0 M"),
        (999_949_999, "999.9 M"),
        (999_960_000, "1.00 G"),
        (999_960_000_000, "1.00 T"),
        (5 * 10**12, "5.00 T"),
    ],
)
def test_counts_have_at_most_four_digits(count: int, text: str) -> None:
    assert _short(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_960, "1.0 MB"),
        (999_960_000, "1.0 GB"),
        (2 * 10**12, "2.0 TB"),
    ],
)
def test_bytes_have_at_most_four_digits(count: int, text: str) -> None:
    assert _bytes(count) == text
