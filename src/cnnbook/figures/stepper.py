"""A figure that the reader steps through: one output after the other, without a script.

Native radio buttons choose the position and CSS shows what belongs to it, so the figure works from
a file, in an archive and with scripts switched off.
"""

from __future__ import annotations

import hashlib
import re
from html import escape
from string import Template

import numpy as np
import numpy.typing as npt
from matplotlib.patches import Rectangle

from .._writing import as_sum, format_number, in_brackets, in_words
from .grids import canvas, draw_grid, draw_text, draw_window
from .palette import color, css_variable
from .picture import Picture

_CELL = 0.42
_SECONDS = 1.6  # that a position stays while the figure plays

_COLORED = ("input", "filter", "output", "window")

# In these rules & is the figure. Every output's number and the window follow from three variables:
# the position's number, row and column.
_RULES = """
& {$start;margin:2rem 0;max-width:33.5rem;color:$ink;
font:1rem/1.5 var(--font-label,system-ui,sans-serif);
font-variant-numeric:tabular-nums}
& > svg {display:block;width:100%;height:auto}
& .frames {display:grid;margin:.75rem 0}
& .frames p {margin:0;max-width:none}
& .sum {display:grid;grid-template-columns:repeat($width,max-content);column-gap:1rem;
margin:.35rem 0}
& .sum span {min-width:4.3em}
& .sum span:first-child {padding-left:1.1em}
& .sum i {color:$input;font-style:normal}
& .sum b {color:$filter;font-weight:400}
& em {color:$output;font-style:normal;font-weight:700}
& .aside {position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
& .controls {display:grid}
& .controls > * {grid-area:1/1}
& fieldset {display:grid;grid-template-columns:repeat($columns,auto);justify-content:space-between;
gap:.1rem .75rem;min-width:0;margin:0;padding:.3rem .9rem .6rem;border:1px solid $line;
border-radius:6px}
& legend {float:none;width:auto;margin:0;padding:0 .4rem;font-size:.95rem;font-weight:600}
& label {display:flex;align-items:center;gap:.5rem;min-height:2rem;margin:0;font-size:.9rem;
line-height:1.2;cursor:pointer}
& input {flex:none;width:1.1rem;height:1.1rem;margin:0;accent-color:$window}
& .play {width:max-content;margin-top:.6rem;font-size:1rem;font-weight:600}
& .playing {visibility:hidden;align-self:center;margin:0;padding:0 1rem;color:$muted}
@supports selector(:has(a)) {
& .frames p {grid-area:1/1;visibility:hidden}
& [id*='window-'] {transform:translate(calc(var(--c)*$cell),calc(var(--r)*$cell));
transition:transform .25s}
$chosen
@media not print {
&:has(.play :checked) {animation:k $whole step-end infinite}
&:has(.play :checked) .frames p[id] {visibility:hidden;
animation:p $whole step-end calc((var(--i) - $count)*$time) infinite}
&:has(.play :checked) fieldset {visibility:hidden}
&:has(.play :checked) .playing {visibility:visible}
}
}
@media (prefers-reduced-motion:reduce) {
& [id*='window-'] {transition:none}
}
@media print {
& .controls,& .play {display:none}
}
@keyframes k {$steps}
@keyframes p {0% {visibility:visible} $end,100% {visibility:hidden}}
"""

Numbers = npt.NDArray[np.float64]


class Stepper:
    """The positions of a kernel on an image, of which the reader chooses one.

    In a notebook, or on a page of the book, it appears as a `<figure>`: the grids with the window,
    the products and their sum, a radio button for each position, and a box that plays them all.

    Parameters
    ----------
    image
        Height × width, small numbers.
    kernel
        Height × width, at most as large as the image.

    Raises
    ------
    ValueError
        If an array has not two axes, or the kernel is larger than the image.

    Examples
    --------
    >>> stepper = Stepper([[1, 2, 3]], [[1, -1]])
    >>> stepper.output
    array([[-1., -1.]])
    >>> stepper.sentence(0, 1)
    'Row 0, column 1: 2·1 + 3·(−1) = 2 − 3 = −1'
    """

    def __init__(self, image: npt.ArrayLike, kernel: npt.ArrayLike) -> None:
        self.image: Numbers = np.asarray(image, dtype=float)
        self.kernel: Numbers = np.asarray(kernel, dtype=float)
        if self.image.ndim != 2 or self.kernel.ndim != 2:
            raise ValueError(
                "image and kernel must be height × width, but their shapes are "
                f"{self.image.shape} and {self.kernel.shape}"
            )
        rows, columns = np.subtract(self.image.shape, self.kernel.shape) + 1
        if rows < 1 or columns < 1:
            raise ValueError(
                f"kernel must fit on the image, but it is {self.kernel.shape} on {self.image.shape}"
            )
        self.positions = [(row, column) for row in range(rows) for column in range(columns)]
        self.output: Numbers = np.array(
            [self.products(*position).sum() for position in self.positions]
        ).reshape(rows, columns)

    def window(self, row: int, column: int) -> Numbers:
        """Return the pixels that lie under the kernel at an output position."""
        height, width = self.kernel.shape
        return self.image[row : row + height, column : column + width]

    def products(self, row: int, column: int) -> Numbers:
        """Return each of these pixels times its weight."""
        return self.window(row, column) * self.kernel

    def sentence(self, row: int, column: int) -> str:
        """Return the whole sum of an output position in words and figures."""
        terms = " + ".join(
            f"{format_number(pixel)}·{in_brackets(weight)}"
            for pixel, weight in zip(self.window(row, column).flat, self.kernel.flat, strict=True)
        )
        values = _total(self.products(row, column))
        return f"Row {row}, column {column}: {terms} = {values}"

    def picture(self) -> Picture:
        """Return the drawing: every output's number, and the window where it starts."""
        (H, W), (h, w), (rows, columns) = self.image.shape, self.kernel.shape, self.output.shape
        tall = max(H, h, rows)
        kernel_left, output_left = W + 1.1, W + w + 2.2
        picture, axes = canvas(output_left + columns + 0.1, tall + 1.15, cell=_CELL)
        tops = [1 + (tall - height) / 2 for height in (H, h, rows)]
        draw_grid(axes, self.image, left=0.1, top=tops[0], role="input", label="Input", size=12)
        draw_grid(
            axes, self.kernel, left=kernel_left, top=tops[1], role="filter", label="Kernel", size=12
        )
        middle = 1 + tall / 2
        draw_text(axes, "⋆", left=W + 0.6, top=middle, size=18)
        draw_text(axes, "=", left=output_left - 0.55, top=middle, size=14)
        first = len(axes.texts)
        draw_grid(
            axes,
            self.output,
            left=output_left,
            top=tops[2],
            role="output",
            label="Output",
            size=12,
        )
        for number, text in enumerate(axes.texts[first : first + len(self.positions)]):
            text.set_gid(f"out-{number}")
        draw_window(axes, left=0.1, top=tops[0], width=w, height=h)
        axes.patches[-1].set_gid("window-input")
        tint = Rectangle((0.1, tops[0]), w, h, color=color("window-soft"), alpha=0.75, zorder=2)
        tint.set_gid("window-tint")
        axes.add_patch(tint)
        draw_window(axes, left=output_left, top=tops[2], width=1, height=1)
        axes.patches[-1].set_gid("window-output")
        picture.alt = (
            f"Input, {H} by {W}: {in_words(self.image)}. "
            f"Kernel, {h} by {w}: {in_words(self.kernel)}. "
            f"Output, {rows} by {columns}, filled up to the chosen position."
        )
        return picture

    def html(self) -> str:
        """Return the figure as one `<figure>` element for a page."""
        name = "s" + hashlib.sha256(self.image.tobytes() + self.kernel.tobytes()).hexdigest()[:8]
        frames = "".join(self._frame(name, number) for number in range(len(self.positions)))
        choices = "".join(
            f'<label><input type="radio" name="{name}" value="{number}" '
            f'aria-describedby="{name}-{number}"{" checked" if number == 0 else ""}>'
            f"<span>row {row}, column {column}</span></label>"
            for number, (row, column) in enumerate(self.positions)
        )
        label = f"A kernel on an input, at {len(self.positions)} output positions"
        return (
            f'<figure class="cnnbook-stepper" id="{name}" aria-label="{escape(label)}">'
            f"<style>{self._style(name)}</style>{self.picture().html()}"
            f'<div class="frames">{frames}</div>'
            f'<div class="controls"><fieldset><legend>Output position</legend>{choices}</fieldset>'
            '<p class="playing">Playing. Clear the box below to choose a position yourself.</p>'
            "</div>"
            '<label class="play"><input type="checkbox">Play</label></figure>'
        )

    def _repr_html_(self) -> str:
        return self.html()

    def _frame(self, name: str, number: int) -> str:
        """Return what the page says about one position: the products as rows, and their sum."""
        row, column = self.positions[number]
        lines = []
        for index, (pixels, weights) in enumerate(
            zip(self.window(row, column), self.kernel, strict=True)
        ):
            terms = [
                f"<i>{format_number(pixel)}</i>·<b>{in_brackets(weight)}</b>"
                for pixel, weight in zip(pixels, weights, strict=True)
            ]
            terms = [
                f"<span>{'+ ' if place or index else ''}{term}</span>"
                for place, term in enumerate(terms)
            ]
            lines.append(" ".join(terms))
        so_far = ", ".join(format_number(value) for value in self.output.flat[: number + 1])
        return (
            f'<p id="{name}-{number}" style="--i:{number}">'
            f"<strong>Row {row}, column {column}:</strong> "
            f'<span class="sum">{" ".join(lines)}</span> '
            f"<span>= {_total(self.products(row, column), strong=True)}</span> "
            f'<span class="aside">Output so far: {so_far}.</span></p>'
        )

    def _style(self, name: str) -> str:
        """Return the figure's own rules; each of them holds inside the element `name` only."""
        count = len(self.positions)
        shown = "".join(
            f"& [id$='out-{number}']{{opacity:calc(var(--k) - {number - 1})}}"
            for number in range(count)
        )
        state = [
            f"--k:{number};--r:{row};--c:{column}"
            for number, (row, column) in enumerate(self.positions)
        ]
        chosen = "".join(
            f"&:has([value='{number}']:checked){{{values}}}"
            f"&:has([value='{number}']:checked) p[id$='-{number}']{{visibility:visible}}"
            for number, values in enumerate(state)
        )
        steps = "".join(
            f"{100 * number / count:.4g}%{{{values}}}" for number, values in enumerate(state)
        )
        parameters = {
            "start": state[0],
            "chosen": shown + chosen,
            "steps": steps,
            "end": f"{100 / count:.4g}%",
            "count": str(count),
            "columns": str(self.output.shape[1]),
            "width": str(self.kernel.shape[1]),
            "cell": f"{_CELL * 72:g}px",
            "time": f"{_SECONDS:g}s",
            "whole": f"{_SECONDS * count:g}s",
            **{role: css_variable(role) for role in ("ink", "muted", "line", *_COLORED)},
        }
        css = re.sub(r"\s*\n\s*", "", Template(_RULES).substitute(parameters))
        css = re.sub(r"(@keyframes |animation:)", rf"\1{name}-", css)
        return css.replace("&", f"#{name}")


def _total(products: Numbers, *, strong: bool = False) -> str:
    """Return products added up, and their sum."""
    total = format_number(products.sum())
    return f"{as_sum(products.flat)} = " + (f"<em>{total}</em>" if strong else total)
