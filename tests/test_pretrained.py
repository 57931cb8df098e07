"""Shipped filters, and downloads from a server on this machine that fails in every way."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import safetensors.numpy
import torch
from PIL import Image
from tests.book import ROOT

from cnnbook._checkpoints import CHECKPOINTS, Checkpoint
from cnnbook._safetensors import parse
from cnnbook.images import cat
from cnnbook.pretrained import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    WeightsUnavailable,
    available,
    download_weights,
    load_filters,
    load_state_dict,
    preprocess,
)

SHIPPED = resources.files("cnnbook").joinpath("data/first_layers.safetensors")
STATE = {
    "conv1.weight": torch.arange(2.0 * 3 * 7 * 7).reshape(2, 3, 7, 7),
    "fc.weight": torch.ones(4, 2),
    "fc.bias": torch.arange(4.0),
}


@dataclass
class Server:
    """One checkpoint over HTTP, in one of several states of repair."""

    body: bytes
    failure: str = ""
    requests: list[str] = field(default_factory=list)
    given_up: threading.Event = field(default_factory=threading.Event)

    def respond(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        self.requests.append(handler.path)
        if self.failure == "404":
            handler.send_error(404)
            return
        body = self.body[::-1] if self.failure == "wrong hash" else self.body
        handler.send_response(200)
        if self.failure != "truncated, no length":
            length = "many" if self.failure == "length no number" else str(len(body))
            handler.send_header("Content-Length", length)
        handler.end_headers()
        if self.failure == "connection reset":
            handler.wfile.write(body[:100])
            linger = struct.pack("ii", 1, 0)  # do not linger: a reset instead of an orderly end
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            os.close(handler.connection.detach())
            return
        if self.failure == "stalled":
            handler.wfile.write(body[:100])
            self.given_up.wait(20)  # or the test fails
            return
        handler.wfile.write(body if self.failure in ("", "wrong hash") else body[: len(body) // 2])


def saved(legacy: bool) -> bytes:
    """The format of torchvision's files: older ones are from before PyTorch 1.6."""
    buffer = io.BytesIO()
    torch.save(STATE, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


@pytest.fixture(params=["new", "legacy"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """ResNet-50's checkpoint is a small one from here; torch.hub's directory is an empty one."""
    server = Server(saved(legacy=request.param == "legacy"))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.respond(self)

        def log_message(self, *args: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        name = f"resnet50-{hashlib.sha256(server.body).hexdigest()[:8]}.pth"
        url = f"http://127.0.0.1:{listener.server_port}/models/{name}"
        monkeypatch.setitem(CHECKPOINTS, "resnet50", Checkpoint(url, 97.781))
        monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
        yield server
        listener.shutdown()
        thread.join()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nothing_is_fetched_unasked(server: Server, tmp_path: Path) -> None:
    assert not available("resnet50")
    message = (
        r"the weights of resnet50 are not on this machine, or damaged. To fetch them, "
        r"98 MiB \(103 MB\), run cnnbook.pretrained.download_weights\('resnet50'\)"
    )
    with pytest.raises(WeightsUnavailable, match=message):
        load_filters("resnet50", "conv1")
    with pytest.raises(WeightsUnavailable, match=message):
        load_state_dict("resnet50")
    assert server.requests == []
    assert files(tmp_path) == []
    assert issubclass(WeightsUnavailable, OSError)


@pytest.mark.parametrize(
    ("name", "layer", "shipped"),
    [
        ("alexnet", "features.3", r" \(with the book: features\.0\)"),
        ("vgg16", "block1_conv1", r" \(with the book: features\.0, features\.2\)"),  # Keras's name
        ("resnet50", "conv1", ""),
    ],
)
def test_what_ships_is_named_before_anything_is_fetched(
    name: str, layer: str, shipped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    message = rf"^the weights of {name} are not on this machine, or damaged{shipped}\. To fetch"
    with pytest.raises(WeightsUnavailable, match=message):
        load_filters(name, layer)


@pytest.mark.parametrize("tensor", ["weight", "bias"])
@pytest.mark.parametrize("layer", ["features.0", "features.3"])
def test_a_tensors_name_is_refused_at_once(server: Server, layer: str, tensor: str) -> None:
    with pytest.raises(ValueError, match=rf"'{layer}', not '{layer}\.{tensor}'$"):
        load_filters("resnet50", f"{layer}.{tensor}", download=True)
    assert server.requests == []


def test_download(server: Server, tmp_path: Path) -> None:
    path = download_weights("resnet50")
    assert path.read_bytes() == server.body
    assert files(tmp_path) == [path]
    assert available("resnet50")
    assert download_weights("resnet50") == path
    weight, bias = load_filters("resnet50", "conv1", download=True)
    np.testing.assert_array_equal(weight, STATE["conv1.weight"].numpy())
    assert bias is None
    weight, bias = load_filters("resnet50", "fc")
    assert bias is not None
    assert bias.tolist() == [0, 1, 2, 3]
    assert weight.dtype == np.float32
    state = load_state_dict("resnet50")
    assert state.keys() == STATE.keys()
    with pytest.raises(ValueError, match=r"resnet50 has no layer 'conv9' .* has conv1, fc"):
        load_filters("resnet50", "conv9")
    assert len(server.requests) == 1


FAILURES = {
    "404": "404",
    "truncated": "invalid hash|IncompleteRead",
    "truncated, no length": "invalid hash",
    "length no number": "invalid literal",
    "wrong hash": "invalid hash",
    "connection reset": "reset",
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_download_leaves_nothing(server: Server, tmp_path: Path, failure: str) -> None:
    server.failure = failure
    with pytest.raises(WeightsUnavailable, match=FAILURES[failure]) as caught:
        download_weights("resnet50")
    assert "the weights of resnet50 (98 MiB (103 MB), http://127.0.0.1:" in str(caught.value)
    assert files(tmp_path) == []
    assert not available("resnet50")
    server.failure = ""  # and the next attempt works
    assert load_state_dict("resnet50", download=True).keys() == STATE.keys()


def test_a_download_that_stalls_is_given_up(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnbook._checkpoints._PATIENCE", 0.2)
    server.failure = "stalled"
    with pytest.raises(WeightsUnavailable, match="could not be fetched or read: timed out"):
        download_weights("resnet50")
    server.given_up.set()
    assert files(tmp_path) == []
    assert socket.getdefaulttimeout() is None  # what another program's connections wait


@pytest.mark.parametrize("in_the_way", ["a folder for the file", "a file for the folder"])
def test_a_folder_that_cannot_be_used(server: Server, tmp_path: Path, in_the_way: str) -> None:
    path = CHECKPOINTS["resnet50"].path
    if in_the_way == "a folder for the file":
        path.mkdir(parents=True)
    else:
        path.parent.write_text("not a folder")
    with pytest.raises(WeightsUnavailable, match="could not be fetched or read"):
        download_weights("resnet50")
    assert server.requests == []


def test_no_server_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as listener:
        port = listener.server_port  # free again at the end of this block
    checkpoint = Checkpoint(f"http://127.0.0.1:{port}/resnet50-0676ba61.pth", 97.781)
    monkeypatch.setitem(CHECKPOINTS, "resnet50", checkpoint)
    with pytest.raises(WeightsUnavailable, match="refused"):
        load_filters("resnet50", "conv1", download=True)
    assert files(tmp_path) == []


def test_a_truncated_file_is_not_available(server: Server, tmp_path: Path) -> None:
    """As another program's broken download leaves it; torch.hub itself would trust the name."""
    path = download_weights("resnet50")
    path.write_bytes(server.body[:-10])
    assert not available("resnet50")
    with pytest.raises(WeightsUnavailable, match="or damaged"):
        load_filters("resnet50", "conv1")
    assert download_weights("resnet50").read_bytes() == server.body
    assert len(server.requests) == 2


class Malicious:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code from a checkpoint",)


def test_code_in_a_checkpoint_is_not_run(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    buffer = io.BytesIO()
    torch.save({"conv1.weight": Malicious()}, buffer)
    server.body = buffer.getvalue()
    url = CHECKPOINTS["resnet50"].url.rpartition("-")[0]
    digest = hashlib.sha256(server.body).hexdigest()[:8]
    monkeypatch.setitem(CHECKPOINTS, "resnet50", Checkpoint(f"{url}-{digest}.pth", 1))
    with pytest.raises(
        WeightsUnavailable, match="could not be fetched or read: Weights only load failed"
    ):
        load_state_dict("resnet50", download=True)
    assert "code from a checkpoint" not in capsys.readouterr().out


def test_published_checkpoints() -> None:
    """`url` and `_file_size` in torchvision/models/{alexnet,vgg,resnet}.py."""
    assert {name: (c.url.rpartition("/")[2], c.size) for name, c in CHECKPOINTS.items()} == {
        "alexnet": ("alexnet-owt-7be5be79.pth", "233 MiB (244 MB)"),
        "vgg16": ("vgg16-397923af.pth", "528 MiB (553 MB)"),
        "resnet50": ("resnet50-0676ba61.pth", "98 MiB (103 MB)"),
        "resnet50-v2": ("resnet50-11ad3fa6.pth", "98 MiB (103 MB)"),
    }
    assert CHECKPOINTS["alexnet"].hash_prefix == "7be5be79"
    folders = {checkpoint.url.rpartition("/")[0] for checkpoint in CHECKPOINTS.values()}
    assert folders == {"https://download.pytorch.org/models"}


def test_make_says_what_the_download_costs() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert f"## download ResNet-50's weights, {CHECKPOINTS['resnet50'].size}," in makefile


@pytest.mark.parametrize("call", [available, download_weights, load_state_dict])
def test_a_network_that_is_no_name_is_refused(call: Callable[[object], object]) -> None:
    with pytest.raises(ValueError, match=r"there is no network \['alexnet'\]; there are alexnet"):
        call(["alexnet"])


def test_without_pytorch_what_ships_is_here_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # whoever imports it now fails
    assert available("alexnet", "features.0")
    assert not available("alexnet", "features.3")
    assert not available("alexnet")
    with pytest.raises(WeightsUnavailable, match=r"download_weights\('resnet50'\)"):
        load_filters("resnet50", "conv1")


@pytest.mark.parametrize("call", [available, download_weights, load_state_dict])
def test_unknown_networks_are_refused(call: object) -> None:
    message = "there is no network 'vgg19'; there are alexnet, vgg16, resnet50, resnet50-v2"
    with pytest.raises(ValueError, match=message):
        call("vgg19")  # type: ignore[operator]
    with pytest.raises(ValueError, match=message):
        load_filters("vgg19", "features.0")


def test_the_shipped_file_is_the_one_described_beside_it() -> None:
    digest = hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert digest == "0156ce9f91c61ac087e2dbb48f9c56df6c067d6a758f3a76273fcdf98be36610"
    readme = resources.files("cnnbook").joinpath("data/README.md").read_text(encoding="utf-8")
    assert digest in readme
    assert "BSD 3-Clause License" in readme


@pytest.mark.parametrize(
    ("name", "layer", "shape"),
    [
        ("alexnet", "features.0", (64, 3, 11, 11)),
        ("vgg16", "features.0", (64, 3, 3, 3)),
        ("vgg16", "features.2", (64, 64, 3, 3)),
    ],
)
def test_shipped_layers(name: str, layer: str, shape: tuple[int, ...]) -> None:
    assert available(name, layer)
    weight, bias = load_filters(name, layer)
    assert bias is not None
    assert (weight.shape, bias.shape) == (shape, shape[:1])
    # The oracle: the format's own reader.
    tensors = safetensors.numpy.load(SHIPPED.read_bytes())
    np.testing.assert_array_equal(weight, tensors[f"{name}.{layer}.weight"])
    np.testing.assert_array_equal(bias, tensors[f"{name}.{layer}.bias"])
    weight[:] = 0  # a caller's own copy
    assert load_filters(name, layer)[0].any()


def written(entry: object, body: bytes = bytes(24)) -> bytes:
    header = json.dumps({"__metadata__": {"source": "test"}, "w": entry}).encode()
    return len(header).to_bytes(8, "little") + header + body


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a whole safetensors file"),
        (SHIPPED.read_bytes()[:500], "not a whole safetensors file"),
        (b"\xff" * 100, "not a whole safetensors file"),
        (SHIPPED.read_bytes()[:-1], "features.2.weight: bytes 100608 to 248064 do not hold"),
        (written({"dtype": "F16", "shape": [6], "data_offsets": [0, 12]}), "w is of type F16"),
        (written({"dtype": "F32", "shape": [5], "data_offsets": [0, 24]}), "do not hold the shape"),
        (written({"dtype": "F32", "shape": [6], "data_offsets": [4, 28]}), "do not hold the shape"),
        (written({"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}), "do not hold the shape"),
    ],
)
def test_damaged_safetensors_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(data)


def test_a_file_by_safetensors_itself() -> None:
    tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros((0, 2), np.float32)}
    parsed = parse(safetensors.numpy.save(tensors, {"source": "test"}))
    assert parsed.keys() == tensors.keys()
    np.testing.assert_array_equal(parsed["a"], tensors["a"])
    assert parsed["b"].shape == (0, 2)


@pytest.mark.parametrize("size", [224, 32, 500])  # 300 × 451 made smaller, or larger
def test_preprocess_resizes_as_pillow_does(size: int) -> None:
    """torchvision resizes a photograph with Pillow, to 8 bits: hence the half level."""
    photo = Image.fromarray(cat()).resize((size, size), Image.Resampling.BILINEAR)
    expected = (np.asarray(photo) / 255 - IMAGENET_MEAN) / IMAGENET_STD
    result = preprocess(cat(), size)
    assert result.shape == (1, 3, size, size)
    assert result.dtype == np.float32
    # Pillow rounds after each of the two axes, and computes with 22-bit weights.
    levels = np.abs(result[0].transpose(1, 2, 0) - expected) * IMAGENET_STD * 255
    assert levels.max() < 1.1
    assert levels.mean() < 0.4


def test_preprocess_by_hand() -> None:
    pixels = np.array([[[0, 51, 255], [255, 102, 0]], [[0, 51, 255], [255, 102, 0]]], np.uint8)
    result = preprocess(pixels, size=2)
    assert result[0, 0, 0, 1] == pytest.approx((255 / 255 - 0.485) / 0.229)
    assert result[0, 1, 1, 0] == pytest.approx((51 / 255 - 0.456) / 0.224)
    assert result[0, 2, 1, 1] == pytest.approx((0 / 255 - 0.406) / 0.225)
    # Four columns to two: a pixel's triangle reaches 2 to either side of 0.5, so weights
    # 1.5/2, 1.5/2, 0.5/2 of the first three, over their sum 3.5/2: (0 · 3 + 0 · 3 + 255 · 1) / 7.
    row = np.array([[0, 0, 255, 255]], np.uint8)[:, :, None].repeat(3, axis=2)
    assert preprocess(row.repeat(4, axis=0), size=2)[0, 0, 0, 0] == pytest.approx(
        (1 / 7 - 0.485) / 0.229
    )


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((8, 8, 3)), TypeError, "image must hold 8-bit integers .* dtype is float64"),
        (np.zeros((8, 8, 4), np.uint8), ValueError, r"height × width × 3, .* \(8, 8, 4\)"),
        (np.zeros((8, 8), np.uint8), ValueError, r"height × width × 3, .* \(8, 8\)"),
        (np.zeros((0, 4, 3), np.uint8), ValueError, r"height × width × 3, .* \(0, 4, 3\)"),
    ],
)
def test_preprocess_checks_its_image(
    image: npt.NDArray[Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        preprocess(image)


def test_preprocess_refuses_rows_of_different_lengths() -> None:
    with pytest.raises(ValueError, match="image must be a block of numbers, but its rows differ"):
        preprocess([[[0, 0, 0], [1, 1, 1]], [[2, 2, 2]]])


def test_preprocess_checks_its_size() -> None:
    with pytest.raises(ValueError, match="size must be at least 1"):
        preprocess(cat(), 0)
