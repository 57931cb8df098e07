"""Print what a reader's first visit to each page loads, compressed as a server would send it.

A page is opened in Chromium and read to its end, so that every figure starts. Text (HTML, styles,
scripts) is compressed by itself, without the pictures that stand in the HTML; the photo and the
trained filters, which come as scripts, count as pictures. The target is 300 kB of text for a page.
Pass the site's folder, or build the book first.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Response, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.conftest import FLAGS, chromium, serve  # noqa: E402

TARGET = 300_000
KINDS = ("html", "css", "js", "pictures")
_DATA = {"cat.js", "first-layers.js"}
_DRAWING = re.compile(rb'<svg class="cnnbook-picture".*?</svg>', re.DOTALL)
# Scrolls through the page a screen at a time, and waits until every figure runs.
_READ = """async () => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await painted();
  }
  const end = performance.now() + 60_000;
  while (document.querySelector("figure[data-widget]:not([data-mounted])")) {
    if (performance.now() > end) throw new Error("a figure does not start");
    await painted();
  }
}"""


def main() -> None:
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build" / "html"
    pages = [page for page in sorted(site.rglob("*.html")) if _is_read(page, site)]
    print(f"{'page':40} {'HTML':>7} {'CSS':>7} {'JS':>7} {'text':>7} {'pictures':>9}  kB, gzip -9")
    with sync_playwright() as playwright, serve(site) as origin:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for page in pages:
            name = page.relative_to(site).as_posix()
            sizes = weigh(browser, f"{origin}/{name}")
            text = sizes["html"] + sizes["css"] + sizes["js"]
            columns = [*(sizes[kind] for kind in KINDS[:3]), text]
            numbers = " ".join(f"{size / 1000:7.1f}" for size in columns)
            over = "  over the target" if text > TARGET else ""
            print(f"{name:40} {numbers} {sizes['pictures'] / 1000:9.1f}{over}")
        browser.close()
    print(f"target: {TARGET / 1000:.0f} kB of text for a page")


def _is_read(page: Path, site: Path) -> bool:
    """Whether it is a page of the book, and not one that leads to another."""
    ours = "_static" not in page.relative_to(site).parts
    return ours and 'http-equiv="refresh"' not in page.read_text("utf-8")


def weigh(browser: Browser, address: str) -> Counter[str]:
    """Return the compressed bytes of a page's first visit by kind."""
    responses: list[Response] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("response", lambda response: responses.append(response))
    page.goto(address)
    page.evaluate(_READ)
    sizes: Counter[str] = Counter()
    for response in responses:
        if response.ok and urlsplit(response.url).scheme == "http":
            _count(sizes, Path(urlsplit(response.url).path), response.body())
    context.close()
    return sizes


def _count(sizes: Counter[str], path: Path, body: bytes) -> None:
    if path.suffix == ".html":
        drawings = b"".join(_DRAWING.findall(body))
        sizes["html"] += _gzipped(_DRAWING.sub(b"", body))
        sizes["pictures"] += _gzipped(drawings) if drawings else 0
    elif path.name not in _DATA and path.suffix in {".css", ".js"}:
        sizes[path.suffix[1:]] += _gzipped(body)
    else:
        sizes["pictures"] += min(len(body), _gzipped(body))


def _gzipped(content: bytes) -> int:
    return len(gzip.compress(content, 9, mtime=0))


if __name__ == "__main__":
    main()
