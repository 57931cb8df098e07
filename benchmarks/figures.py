"""Print how long the interactive figures take to draw an answer in Chromium, and what they weigh.

A frame begins before the reader's change, and ends when the browser has computed, laid out and
painted everything that follows from it; the median of 41 is compared with its target. Weights are
those of the scripts and styles that a page loads for its figures, compressed as a server would send
them.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.conftest import FLAGS, chromium  # noqa: E402

#: Finds controls by their labels, as the tests do.
DRIVER = (ROOT / "tests" / "widgets" / "driver.js").read_text("utf-8")
RUNS = 41
SETTLE = 5  # frames before the count begins: the browser compiles what it runs often

#: Page, figure, what is done, milliseconds that it may take, and how: label, values in turn.
ACTIONS: tuple[tuple[str, str, str, int, dict[str, Any]], ...] = (
    (
        "convolution",
        "convolution-explorer-1",
        "step",
        16,
        {"click": ["Previous position", "Next position"]},
    ),
    ("stride", "convolution-explorer-1", "stride", 16, {"type": "Stride S", "values": [1, 2]}),
    (
        "stride",
        "convolution-explorer-1",
        "size 16",
        16,
        {"type": "Input size N", "values": [15, 16]},
    ),
    (
        "stride",
        "convolution-explorer-1",
        "padding at size 16",
        16,
        {"first": ["Input size N", 16], "type": "Padding P", "values": [4, 5]},
    ),
    ("depth", "volume-explorer-1", "stride", 16, {"type": "Stride S", "values": [1, 2]}),
    ("depth", "volume-explorer-1", "depth", 16, {"type": "Input depth D", "values": [3, 4]}),
    ("depth", "volume-explorer-1", "filters", 16, {"type": "Filters K", "values": [2, 4]}),
    (
        "depth",
        "layer-calculator-1",
        "one layer's filters",
        16,
        {"type": "Layer 1, filters K", "values": [10, 12]},
    ),
    (
        "depth",
        "layer-calculator-1",
        "network of 7 or 21 layers",
        16,
        {"select": "Network", "values": [4, 6]},
    ),
    (
        "neuron-view",
        "receptive-field-explorer-1",
        "stack",
        16,
        {"select": "Stack", "values": [4, 5]},
    ),
    ("pooling", "pooling-explorer-1", "window", 16, {"type": "Window size F", "values": [2, 3]}),
    (
        "one-by-one",
        "channel-mixer-1",
        "photo, 3×3 weights",
        16,
        {"select": "Preset", "values": [1, 2]},
    ),
    (
        "convolution",
        "kernel-lab-1",
        "photo, 3×3 kernel",
        16,
        {"select": "Preset", "values": [1, 2]},
    ),
    (
        "pretrained-filters",
        "filter-browser-1",
        "photo, 11×11×3",
        50,
        {"type": "Filter", "values": [3, 4]},
    ),
    (
        "pretrained-filters",
        "filter-browser-1",
        "photo, 11×11×3, S = 1",
        50,
        {"first": ["Stride S", 1], "type": "Filter", "values": [3, 4]},
    ),
)

PREPARE = """([name, action]) => {
  const figure = document.getElementById(name);
  const control = action.click ? null : labelled(figure, action.type ?? action.select);
  if (action.first) type(labelled(figure, action.first[0]), String(action.first[1]));
  const change = (turn) => {
    if (action.click) labelled(figure, action.click[turn % 8 < 4 ? 1 : 0]).click();
    else if (action.type) type(control, String(action.values[turn % action.values.length]));
    else {
      control.selectedIndex = action.values[turn % action.values.length];
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  // A message is delivered after the frame that the callback belongs to has been drawn.
  globalThis.frame = (turn) => new Promise((done) => requestAnimationFrame(() => {
    change(turn);
    const after = new MessageChannel();
    after.port1.onmessage = () => done();
    after.port2.postMessage(null);
  }));
}"""


def main() -> None:
    site = site_folder(sys.argv[1:])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        print(f"{'figure':28} {'change':26} {'median':>9} {'target':>8}   of frames in Chromium")
        for page_name, figure, what, target, action in ACTIONS:
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            page.goto((site / "book" / f"{page_name}.html").as_uri())
            time = frame_time(page, figure, action)
            over = "  over the target" if time > target else ""
            print(f"{figure:28} {what:26} {time:6.1f} ms {target:5} ms{over}")
            page.context.close()
        browser.close()
    print()
    weigh(site)


def site_folder(arguments: list[str]) -> Path:
    """Return the site's folder, from the root on, as the address of a page in it must be."""
    return (Path(arguments[0]) if arguments else ROOT / "_build" / "html").resolve()


def frame_time(page: Page, figure: str, action: dict[str, Any]) -> float:
    """Return the median of a figure's frame times in milliseconds of the page's main thread."""
    page.locator(f"#{figure}").scroll_into_view_if_needed()
    page.wait_for_selector(f"#{figure}[data-mounted]")
    page.evaluate(f"(given) => {{ {DRIVER}; return ({PREPARE})(given); }}", [figure, action])
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def now() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(float(m["value"]) for m in metrics if m["name"] == "TaskDuration")

    times = []
    for turn in range(SETTLE + RUNS):
        begin = now()
        page.evaluate("(turn) => frame(turn)", turn)
        times.append(1000 * (now() - begin))
    return median(times[SETTLE:])


def weigh(site: Path) -> None:
    """Print the compressed code of the figures of each page; the target is 60 kB."""
    static = site / "_static"
    print(f"host.js: {_gzipped(static / 'host.js') / 1000:.1f} kB (target 4 kB)")
    data = {"cat", "first-layers"}
    for page in sorted((site / "book").glob("*.html")):
        html = page.read_text("utf-8")
        figures = set(re.findall(r'data-widget="([\w-]+)"', html))
        if not figures:
            continue
        files = set().union(*(_imports(static, name) for name in figures))
        styles = re.findall(r'href="[^"]*_static/(widgets[\w/-]*\.css)', html)
        code = sum(_gzipped(static / "widgets" / f"{name}.js") for name in files - data)
        code += sum(_gzipped(static / name) for name in styles)
        apart = ", ".join(
            f"{name} {_gzipped(static / 'widgets' / f'{name}.js') / 1000:.1f} kB"
            for name in sorted(files & data)
        )
        print(
            f"{page.stem:24} {code / 1000:5.1f} kB of 60 kB{'; apart: ' + apart if apart else ''}"
        )


def _imports(static: Path, name: str) -> set[str]:
    """Return a module and all that it imports."""
    source = (static / "widgets" / f"{name}.js").read_text("utf-8")
    found = set(re.findall(r'from \\"\./([\w-]+)\.mjs\\"', source))
    return {name}.union(*(_imports(static, other) for other in found))


def _gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


if __name__ == "__main__":
    main()
