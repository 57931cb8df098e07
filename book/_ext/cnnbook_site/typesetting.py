"""Typeset mathematics at build time: MathJax's SVG for the eye, MathML for screen readers.

A page needs no script and no font for its formulas. All formulas of a page share one set of glyph
outlines: a glyph's path is written where the page first uses it, and referred to afterwards.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape

import quickjax
from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

_GLYPH = re.compile(r'<path id="MJX-\d+-([^"]+)" d="([^"]*)"/>')
_REFERENCE = re.compile(r'<use data-c="[^"]*" xlink:href="#MJX-\d+-([^"]+)"')
_NOISE = re.compile(r' (?:data-[\w-]+|xmlns(?::xlink)?|role|focusable)="[^"]*"')
# What latex2mathml has other words for, or would read aloud as it stands.
_ROW_SPACE = re.compile(r"\\\\\[[^\]]*\]")
_THOUSANDS = re.compile(r"(</mn>)<mrow><mo>&#x0002C;</mo></mrow>(<mn>)(?=\d{3}</mn>)")
_EMPTY_DEFS = re.compile(r"<defs/>|<defs></defs>")


class FormulaError(ValueError):
    """A formula that MathJax cannot typeset."""


def typeset(latex: str, *, display: bool) -> tuple[str, dict[str, str]]:
    """Return a formula as SVG without its glyphs, and its glyphs as ``{name: path data}``.

    Raises
    ------
    FormulaError
        Naming MathJax's complaint, so that a typo in a formula fails the build.
    """
    svg = _mathjax().render(latex, display=display)
    complaint = re.search(r'data-mjx-error="([^"]*)"', svg) or re.search(
        r'data-latex="(\\[a-zA-Z]+)" (?:data-mjx-)?(?:mathcolor|fill)="red"', svg
    )
    if complaint or 'fill="red"' in svg:
        raise FormulaError(complaint.group(1) if complaint else "undefined command")
    glyphs = {name: path for name, path in _GLYPH.findall(svg) if path}
    svg = _GLYPH.sub("", svg)
    svg = _REFERENCE.sub(
        lambda use: f'<use href="#{_glyph_id(use[1])}"' if use[1] in glyphs else "<use", svg
    )
    svg = re.sub(r"<use(?: transform=\"[^\"]*\")?/>", "", svg)
    svg = _EMPTY_DEFS.sub("", _NOISE.sub("", svg))
    return svg, glyphs


def mathml(latex: str, *, display: bool) -> str:
    """Return a formula as MathML, which a screen reader reads aloud."""
    latex = _ROW_SPACE.sub(r"\\\\", latex).replace("{aligned}", "{align*}")
    markup = str(convert(latex, display="block" if display else "inline"))
    return _THOUSANDS.sub(",", markup)


def latex_of(node: nodes.math_block) -> str:
    """Return a display formula's LaTeX, in an environment if it has several lines."""
    latex = node.astext().strip()
    if not re.search(r"\\begin\{(?:align|gather|multline|equation)", latex) and "\\\\" in latex:
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    return latex


@cache
def _mathjax() -> quickjax.MathJaxRenderer:
    return quickjax.MathJaxRenderer()


def _glyph_id(name: str) -> str:
    return f"g-{name}"


def _markup(translator: HTML5Translator, latex: str, *, display: bool, node: nodes.Node) -> str:
    try:
        svg, glyphs = typeset(latex, display=display)
    except FormulaError as error:
        logger.warning("cannot typeset the formula %r: %s", latex, error, location=node)
        return f"<code>{escape(latex)}</code>"
    # A translator lives as long as the page that it writes.
    seen: set[str] = translator.__dict__.setdefault("cnnbook_glyphs", set())
    new = "".join(
        f'<path id="{_glyph_id(name)}" d="{path}"/>'
        for name, path in glyphs.items()
        if name not in seen
    )
    seen.update(glyphs)
    if new:
        svg = svg.replace(">", f"><defs>{new}</defs>", 1)
    svg = svg.replace("<svg ", '<svg aria-hidden="true" ', 1)
    spoken = mathml(latex, display=display)
    return f'{svg}<span class="math-spoken">{spoken}</span>'


def _visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    markup = _markup(translator, node.astext(), display=False, node=node)
    translator.body.append(f'<span class="math notranslate">{markup}</span>')
    raise nodes.SkipNode


def _visit_display(translator: HTML5Translator, node: nodes.math_block) -> None:
    markup = _markup(translator, latex_of(node), display=True, node=node)
    attributes = ' class="math math-block notranslate"'
    if node["ids"]:
        attributes += f' id="{node["ids"][0]}"'
    number = ""
    if node["number"]:
        number = f'<span class="eqno">({get_node_equation_number(translator, node)})</span>'
    translator.body.append(f"<div{attributes}>{markup}{number}</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Offer the renderer as ``html_math_renderer: typeset``."""
    app.add_html_math_renderer("typeset", (_visit_inline, None), (_visit_display, None))
