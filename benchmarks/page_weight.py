"""Print what a reader's first visit to each page loads, compressed as a server would send it.

Text (HTML, styles, scripts) is compressed by itself, without the pictures that stand in the HTML;
the target is 300 kB for a page. Pass the site's folder, or build the book first.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

TARGET = 300_000
_ADDRESS = re.compile(r"""<(?:script|link)\b[^>]*?\b(?:src|href)=["']([^"']+)["'][^>]*>""")
_IMAGE = re.compile(r"""<img\b[^>]*?\bsrc=["']([^"']+)["']""")
_DRAWING = re.compile(r'<svg class="cnnbook-picture".*?</svg>', re.DOTALL)


def main() -> None:
    root = Path(__file__).parents[1] / "_build" / "html"
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else root
    pages = sorted(page for page in site.rglob("*.html") if "_static" not in page.parts)
    print(f"{'page':40} {'HTML':>7} {'CSS':>7} {'JS':>7} {'text':>7} {'pictures':>9}  kB, gzip -9")
    for page in pages:
        sizes = weigh(page)
        text = sizes["html"] + sizes["css"] + sizes["js"]
        numbers = [sizes["html"], sizes["css"], sizes["js"], text, sizes["pictures"]]
        columns = " ".join(
            f"{size / 1000:{9 if i == 4 else 7}.1f}" for i, size in enumerate(numbers)
        )
        over = "  over the target" if text > TARGET else ""
        print(f"{page.relative_to(site).as_posix():40} {columns}{over}")
    print(f"target: {TARGET / 1000:.0f} kB of text for a page")


def weigh(page: Path) -> dict[str, int]:
    """Return the compressed bytes of a page by kind; files that are linked twice count once."""
    html = page.read_text("utf-8")
    drawings = "".join(_DRAWING.findall(html))
    sizes = {"html": _gzipped(_DRAWING.sub("", html).encode()), "css": 0, "js": 0}
    sizes["pictures"] = _gzipped(drawings.encode()) if drawings else 0
    for path in _files(page, _ADDRESS.findall(html)):
        if path.suffix in {".css", ".js"}:
            sizes[path.suffix[1:]] += _gzipped(path.read_bytes())
        elif path.suffix in {".svg", ".png", ".ico"}:
            sizes["pictures"] += _gzipped(path.read_bytes())
    for path in _files(page, _IMAGE.findall(html)):
        sizes["pictures"] += path.stat().st_size
    return sizes


def _files(page: Path, addresses: list[str]) -> set[Path]:
    """Files that a page loads; other pages that it links to are none of them."""
    local = [urlsplit(address) for address in addresses]
    paths = {(page.parent / part.path).resolve() for part in local if not part.scheme and part.path}
    return {path for path in paths if path.is_file() and path.suffix != ".html"}


def _gzipped(content: bytes) -> int:
    return len(gzip.compress(content, 9, mtime=0))


if __name__ == "__main__":
    main()
