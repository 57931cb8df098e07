"""A Matplotlib figure that knows its alternative text and follows the page into dark mode."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Sized
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .palette import LIGHT, css_variable

_FONT = "DejaVu Sans"  # ships with Matplotlib, so that layout is the same on every machine
_SETTINGS: Any = {
    "font.family": _FONT,
    "font.size": 10,
    "svg.fonttype": "none",
    "text.color": LIGHT["ink"],
    "axes.edgecolor": LIGHT["line"],
    "axes.labelcolor": LIGHT["ink"],
    "axes.titlecolor": LIGHT["ink"],
    "axes.titlesize": 10,
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "hatch.linewidth": 0.7,
    "image.interpolation": "none",
}


def check_count(name: str, given: Sized, most: int) -> None:
    """Refuse more things than a picture can tell apart, rather than leave some of them out.

    Parameters
    ----------
    name
        The argument's name.
    given
        Its value.
    most
        How many things the picture has colours, lines or letters for.

    Raises
    ------
    ValueError
        If there are more.

    Examples
    --------
    >>> check_count("curves", {"a": 1, "b": 2}, 1)
    Traceback (most recent call last):
    ValueError: curves must be at most 1, but got 2
    """
    if len(given) > most:
        raise ValueError(f"{name} must be at most {most}, but got {len(given)}")


def make_plain(axes: Axes) -> None:
    """Take a diagram's upper and right edges and its background away, and mute its numbers.

    Parameters
    ----------
    axes
        The diagram's axes.
    """
    axes.tick_params(labelsize=11.5, colors=LIGHT["muted"])
    axes.spines[["top", "right"]].set_visible(False)
    axes.patch.set_visible(False)


class Picture(Figure):
    """A figure of the book.

    Draw on it as on any Matplotlib figure, then say in `alt` what it shows. In a notebook, or on a
    page of the book, it appears as an inline SVG whose text is real text and whose colours are the
    page's.

    Parameters
    ----------
    width, height
        Size in inches; 72 of the SVG's units make an inch. A page's column is 8.5 inches wide. A
        phone shrinks the picture to its own 358 pixels, on which type of 1.85 points for each inch
        of `width` is 9 pixels high: the least that can be read, to which a test holds all figures.
    alt
        Alternative text; may also be set after drawing, when its numbers are known.

    Examples
    --------
    >>> picture = Picture(4, 2, alt="A dot at the origin.")
    >>> _ = picture.add_subplot().plot([0], [0], "o")
    >>> picture.html()[:37]
    '<svg class="cnnbook-picture" role="im'
    """

    def __init__(self, width: float, height: float, *, alt: str = "") -> None:
        with mpl.rc_context(_SETTINGS):
            super().__init__(figsize=(width, height), facecolor="none")
        self.alt = alt

    def add_axes(self, *args: Any, **kwargs: Any) -> Axes:
        """Add axes in the book's colours, as Matplotlib's method of this name does."""
        with mpl.rc_context(_SETTINGS):
            return super().add_axes(*args, **kwargs)

    def add_subplot(self, *args: Any, **kwargs: Any) -> Axes:
        """Add a subplot in the book's colours, as Matplotlib's method of this name does."""
        with mpl.rc_context(_SETTINGS):
            axes: Axes = super().add_subplot(*args, **kwargs)
        return axes

    def html(self) -> str:
        """Return the figure as one `<svg>` element for a page.

        Raises
        ------
        ValueError
            If `alt` is empty: a figure that nobody described is not shown.
        """
        if not self.alt.strip():
            raise ValueError("alt is empty: say what the picture shows before showing it")
        buffer = io.StringIO()
        with mpl.rc_context({**_SETTINGS, "svg.hashsalt": "cnnbook"}):
            self.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
        return _for_page(buffer.getvalue(), self.alt)

    def _repr_html_(self) -> str:
        return self.html()


def _for_page(svg: str, alt: str) -> str:
    """Turn Matplotlib's SVG file into an element with the colours and the font of the page."""
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert size is not None, "Matplotlib writes the view box of every SVG"
    width, height = size.groups()
    body = svg[svg.index(">", svg.index("<svg")) + 1 :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    for role, code in LIGHT.items():
        body = body.replace(code, css_variable(role))
    # No page needs the fonts that Matplotlib lists behind the first, nor its turns by 0°.
    body = re.sub(rf"'{_FONT}'[^;\"]*", f"var(--font-label, '{_FONT}', sans-serif)", body)
    body = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", body)
    # Two equal images in one drawing have equal ids, to which nothing refers.
    body = re.sub(r'(<image\s[^>]*?)\bid="[^"]*"\s*', r"\1", body)
    body = re.sub(r'"data:image/png;base64,([^"]+)"', _lighter, body)
    # Two figures on one page must not share an id: an id takes a digest of the whole drawing in
    # front.
    prefix = "p" + hashlib.sha256(body.encode()).hexdigest()[:8]
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r"url\(#", f"url(#{prefix}-", body)
    body = re.sub(r'href="#', f'href="#{prefix}-', body)
    body = re.sub(r"\n\s*", "\n", body)
    return (
        f'<svg class="cnnbook-picture" role="img" aria-label="{escape(alt, quote=True)}" '
        f'viewBox="0 0 {width} {height}" width="{float(width) * 4 / 3:.0f}" '
        f'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{body}'
    )


def _lighter(match: re.Match[str]) -> str:
    """Store an embedded photograph as WebP where that is smaller than the PNG."""
    from PIL import Image

    png = base64.b64decode(match[1])
    buffer = io.BytesIO()
    Image.open(io.BytesIO(png)).save(buffer, "WEBP", quality=88, method=6)
    if len(buffer.getvalue()) > 0.5 * len(png) or len(png) < 8192:
        return match[0]
    return f'"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"'
