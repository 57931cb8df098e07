"""Write a chapter's text as plain Markdown, for notebooks whose readers do not know MyST.

The source is Sphinx' tree of the page, in which every reference is resolved: nothing is left of
roles, directives and labels. What this writer does not know fails a strict build: no text is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast
from urllib.parse import urljoin

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

from .typesetting import latex_of

_SILENT = (
    nodes.comment,
    nodes.meta,
    nodes.substitution_definition,
    nodes.target,
    addnodes.index,
    addnodes.highlightlang,
)
_SPECIAL = re.compile(r"([\\`*_\[\]<$~|])")
_LINE_START = re.compile(r"^(?:([-+#>])|(\d+)([.)]))(?=\s)")


class UnknownNodeError(NotImplementedError):
    """A part of a page that this writer cannot write."""


class MarkdownWriter:
    """Writes the nodes of one page.

    Parameters
    ----------
    page
        The page's published address, to which all its links lead.
    env
        Sphinx' environment, which knows the figures' numbers and the pictures' files.
    docname
        The page's name.
    site
        The published address of the site.
    """

    def __init__(self, page: str, env: BuildEnvironment, docname: str, site: str) -> None:
        self.page, self.env, self.docname, self.site = page, env, docname, site

    # ---- Blocks: each is returned without an empty line around it ----

    def blocks(self, children: Iterable[nodes.Node], depth: int = 1) -> str:
        """Return some blocks with empty lines between them."""
        return "\n\n".join(filter(None, (self.block(child, depth) for child in children)))

    def block(self, node: nodes.Node, depth: int = 1) -> str:
        """Return a block; `depth` is the level of a heading in it."""
        if isinstance(node, _SILENT) or _is_toctree(node) or _is_page_only(node):
            return ""
        match node:
            case nodes.section():
                return self.blocks(node.children, depth + 1)
            case nodes.title():
                return f"{'#' * (depth - 1)} {self.inline(node)}"
            case nodes.paragraph():
                return _LINE_START.sub(_escape_start, self.inline(node))
            case nodes.bullet_list():
                return self._list(node, ["-"] * len(node))
            case nodes.enumerated_list():
                start = node.get("start", 1)
                return self._list(node, [f"{start + place}." for place in range(len(node))])
            case nodes.definition_list():
                return "\n".join(
                    self._definition(item) for item in node.findall(nodes.definition_list_item)
                )
            case nodes.admonition() | nodes.note() | nodes.tip() | nodes.warning():
                return self._admonition(node)
            case nodes.math_block():
                return self._formula(node)
            case nodes.literal_block():
                return f"```{_language(node)}\n{node.astext()}\n```"
            case nodes.block_quote():
                return _quote(self.blocks(node.children, depth))
            case nodes.table():
                return self._table(node)
            case nodes.figure() | nodes.compound() | nodes.legend() | nodes.container():
                return self.blocks(node.children, depth)
            case nodes.caption():
                return self.caption(node)
            case nodes.image():
                return self._picture(node)
            case nodes.transition():
                return "---"
            case nodes.raw() if node.get("format") == "html":
                return node.astext().strip()
        raise UnknownNodeError(f"no Markdown for <{node.__class__.__name__}>")

    def caption(self, caption: nodes.caption) -> str:
        """Return a figure's caption with its number."""
        number = self.number("figure", cast("nodes.Element", caption.parent))
        text = self.inline(caption).strip()
        if number is None:
            return text
        return f"**{self.env.config.numfig_format['figure'] % number}.** {text}"

    def number(self, kind: str, node: nodes.Element) -> str | None:
        """Return the number of a figure or an exercise, such as "3.2"; None if it has none."""
        numbers = self.env.toc_fignumbers.get(self.docname, {}).get(kind, {})
        found = next((numbers[name] for name in node["ids"] if name in numbers), None)
        return None if found is None else ".".join(map(str, found))

    def _list(self, node: nodes.Element, marks: list[str]) -> str:
        items = [self.blocks(cast("nodes.Element", item).children) for item in node.children]
        return "\n".join(
            f"{mark} {_indent(item, len(mark) + 1)}"
            for mark, item in zip(marks, items, strict=True)
        )

    def _definition(self, item: nodes.Element) -> str:
        term = next(iter(item.findall(nodes.term)))
        definition = next(iter(item.findall(nodes.definition)))
        return f"- **{self.inline(term)}**: {_indent(self.blocks(definition.children), 2)}"

    def _admonition(self, node: nodes.Element) -> str:
        children = list(node.children)
        title = node.__class__.__name__.capitalize()
        if children and isinstance(children[0], nodes.title):
            title = self.inline(cast("nodes.Element", children.pop(0)))
        text = self.blocks(children)
        return _quote(f"**{title}**\n\n{text}" if text else f"**{title}**")

    def _formula(self, node: nodes.math_block) -> str:
        latex = latex_of(node)
        if node.get("number"):
            # The number that references to the formula name.
            latex += rf" \tag{{{_equation_number(self.env, node)}}}"
        return f"$$\n{latex}\n$$"

    def _picture(self, node: nodes.image) -> str:
        address = node["uri"]
        if address in self.env.images:
            address = urljoin(self.site, f"_images/{self.env.images[address][1]}")
        return f"![{node['alt']}]({address})"

    def _table(self, node: nodes.table) -> str:
        rows = [
            [self._cell(entry) for entry in row.findall(nodes.entry)]
            for row in node.findall(nodes.row)
        ]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        rule = "|" + " --- |" * len(rows[0])
        titles = [self.inline(title) for title in node.children if isinstance(title, nodes.title)]
        return "\n".join([*(f"**{title}**\n" for title in titles), lines[0], rule, *lines[1:]])

    def _cell(self, entry: nodes.entry) -> str:
        parts = [self.inline(cast("nodes.Element", child)) for child in entry.children]
        # Text has its bars escaped; those of code and formulas would end the cell.
        return re.sub(r"(?<!\\)\|", r"\\|", "<br>".join(parts)).replace("\n", " ")

    # ---- Inline ----

    def inline(self, node: nodes.Element) -> str:
        """Return what stands in a paragraph, a title or a cell."""
        return "".join(map(self._part, node.children))

    def _part(self, node: nodes.Node) -> str:
        if _is_page_only(node):
            return ""
        match node:
            case nodes.Text():
                return _SPECIAL.sub(r"\\\1", str(node))
            case nodes.math():
                return f"${node.astext().strip()}$"
            case nodes.literal():
                return _code(node.astext())
            case nodes.reference():
                return self._link(node)
            case nodes.emphasis() | nodes.title_reference():
                return f"*{self.inline(node)}*"
            case nodes.strong():
                return f"**{self.inline(node)}**"
            case nodes.subscript():
                return f"<sub>{self.inline(node)}</sub>"
            case nodes.superscript():
                return f"<sup>{self.inline(node)}</sup>"
            case nodes.image():
                return self._picture(node)
            case nodes.inline() | nodes.paragraph() | nodes.generated():
                return self.inline(cast("nodes.Element", node))
            case nodes.raw() if node.get("format") == "html":
                return node.astext()
        if isinstance(node, _SILENT):
            return ""
        raise UnknownNodeError(f"no Markdown for <{node.__class__.__name__}>")

    def _link(self, node: nodes.reference) -> str:
        section = node.get("section", node.get("refid"))
        target = f"#{section}" if section else node["refuri"]
        text = "".join(
            # What a number of a figure or an equation refers to is no code.
            self.inline(cast("nodes.Element", child))
            if _is_reference_name(child)
            else self._part(child)
            for child in node.children
        )
        return f"[{text}]({urljoin(self.page, target)})"


def _is_toctree(node: nodes.Node) -> bool:
    return isinstance(node, nodes.compound) and "toctree-wrapper" in node["classes"]


def _is_page_only(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Element) and "page-only" in node["classes"]


def _is_reference_name(node: nodes.Node) -> bool:
    return isinstance(node, nodes.literal) and "xref" in node["classes"]


def _escape_start(match: re.Match[str]) -> str:
    return f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}"


def _equation_number(env: BuildEnvironment, node: nodes.math_block) -> str:
    if env.config.math_numfig and env.config.numfig:
        numbers = env.toc_fignumbers.get(node["docname"], {}).get("displaymath", {})
        return ".".join(map(str, numbers.get(node["ids"][0], ())))
    return str(node["number"])


def _language(node: nodes.literal_block) -> str:
    language = str(node.get("language", ""))
    return {"ipython3": "python", "default": "", "none": ""}.get(language, language)


def _code(text: str) -> str:
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if len(fence) > 1 else ""
    return f"{fence}{space}{text}{space}{fence}"


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _indent(text: str, width: int) -> str:
    return re.sub(r"\n(?=.)", "\n" + " " * width, text)
