"""What search engines, other sites and lost readers find: descriptions, a preview, a map, a 404."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from textwrap import shorten
from typing import Any
from urllib.parse import urljoin, urlsplit

import numpy as np
from bs4 import BeautifulSoup
from docutils import nodes
from matplotlib.text import Text
from sphinx.application import Sphinx

from cnnbook import correlate2d
from cnnbook.figures.grids import canvas, draw_grid, draw_text, draw_window
from cnnbook.figures.palette import color

PREVIEW = "_static/preview.png"
PREVIEW_ALT = "A 3×3 filter on a grid of numbers, and the map of sums that it makes"
#: A description longer than this is cut by those who show it.
LONGEST = 200

_RELATIVE = re.compile(
    r'(?<=\s)(href|src|action|data-content_root)="(?!https?:|data:|mailto:|#|/)([^"]*)"'
)


def setup(app: Sphinx) -> None:
    """Describe each page, and write the files that belong to the site as a whole."""
    app.connect("html-page-context", _describe)
    app.connect("html-collect-pages", _lost)
    app.connect("build-finished", _finish, priority=400)  # before an index.html is made up


def description(doctree: nodes.document) -> str:
    """Return the beginning of a page's text, its arithmetic in plain signs."""
    paragraphs = (
        paragraph.astext()
        for paragraph in doctree.findall(nodes.paragraph)
        if isinstance(paragraph.parent, nodes.section)
    )
    text = next(paragraphs, "")
    for tex, sign in ((r"\cdot", "·"), (r"\times", "×"), (r"\approx", "≈"), ("{,}", ",")):
        text = text.replace(tex, sign)
    return shorten(text, LONGEST, placeholder=" …")


def draw_preview(title: str, path: Path) -> None:
    """Write the picture, 1200×630 pixels, that other sites show beside a link to the book."""
    cell = 0.66  # inches
    picture, axes = canvas(12 / cell, 6.3 / cell, cell=cell)
    image = np.random.default_rng(7).integers(0, 4, (5, 5))
    kernel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])  # Sobel's, for vertical edges
    draw_text(axes, title.replace("$", r"\$"), left=6 / cell, top=1.5, size=38, bold=True)
    _shrink(axes.texts[-1], room=11)
    draw_grid(axes, image, left=1.6, top=3.2, role="input", size=20)
    draw_grid(axes, kernel, left=8.1, top=4.2, role="filter", size=20)
    draw_grid(axes, correlate2d(image, kernel), left=13.1, top=4.2, role="output", size=20)
    draw_window(axes, left=1.6, top=3.2, width=3, height=3)
    draw_window(axes, left=13.1, top=4.2, width=1, height=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path, dpi=100, facecolor=color("paper"), metadata={"Software": None})


def _shrink(text: Text, room: float) -> None:
    """Make a text's letters smaller, if they need more room than there is, in inches."""
    figure = text.get_figure(root=True)
    assert figure
    needed = text.get_window_extent().width / figure.dpi
    text.set_fontsize(float(text.get_fontsize()) * min(1, room / needed))


def _describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    site = app.config.html_baseurl
    own = app.env.metadata.get(page, {}).get("description")  # in the page's front matter
    context["page_description"] = own or (description(doctree) if doctree else "")
    context["site_address"] = site
    context["preview"] = {"url": urljoin(site, PREVIEW), "alt": PREVIEW_ALT}


def _lost(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield "404", {}, "404.html"


def _finish(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    out, site = Path(app.outdir), app.config.html_baseurl
    (out / ".nojekyll").touch()  # otherwise GitHub leaves out folders whose names begin with _
    draw_preview(app.config.html_title, out / PREVIEW)
    names = sorted(app.env.found_docs)
    addresses = [urljoin(site, app.builder.get_target_uri(name)) for name in names]
    (out / "sitemap.xml").write_text(_sitemap(addresses), "utf-8")
    first = app.builder.get_target_uri(app.config.root_doc)
    (out / "index.html").write_text(_index(app, out, first), "utf-8")
    if domain := own_domain(site):
        (out / "CNAME").write_text(f"{domain}\n", "utf-8")
    lost = out / "404.html"
    lost.write_text(absolute(lost.read_text("utf-8"), urlsplit(site).path), "utf-8")


def absolute(html: str, root: str) -> str:
    """Return a page whose addresses begin at the server's root, so that it works at any depth.

    >>> absolute('<a href="book/a.html"> <a href="#b"> <a href="https://c.org">', "/site/")
    '<a href="/site/book/a.html"> <a href="#b"> <a href="https://c.org">'
    """
    return _RELATIVE.sub(lambda match: f'{match[1]}="{urljoin(root, match[2])}"', html)


def own_domain(site: str) -> str:
    """Return the name that GitHub must be told in the file CNAME, if the site has one of its own.

    >>> own_domain("https://convolution.example.org/"), own_domain("https://someone.github.io/a/")
    ('convolution.example.org', '')
    """
    host = urlsplit(site).hostname or ""
    return "" if host.endswith(".github.io") else host


def _sitemap(addresses: list[str]) -> str:
    entries = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses)
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    head = f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{namespace}">\n'
    return f"{head}{entries}</urlset>\n"


def _index(app: Sphinx, out: Path, first: str) -> str:
    """Return a page that sends readers on to the first one, and tells others what that one says."""
    site = app.config.html_baseurl
    address = urljoin(site, first)
    title = escape(app.config.html_title)
    page = BeautifulSoup((out / first).read_text("utf-8"), "html.parser")
    tag = page.select_one('meta[name="description"]')
    about = escape(str(tag["content"])) if tag else ""
    preview = escape(urljoin(site, PREVIEW))
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<meta http-equiv="refresh" content="0; url={first}">\n'
        f'<link rel="canonical" href="{escape(address)}">\n'
        f'<meta name="description" content="{about}">\n'
        f'<meta property="og:type" content="website">\n'
        f'<meta property="og:title" content="{title}">\n'
        f'<meta property="og:description" content="{about}">\n'
        f'<meta property="og:url" content="{escape(address)}">\n'
        f'<meta property="og:image" content="{preview}">\n'
        f'<meta name="twitter:card" content="summary_large_image"></head>\n'
        f'<body><a href="{first}">{title}</a></body></html>\n'
    )
