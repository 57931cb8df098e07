"""Exercises and their solutions, of sphinx-exercise, in markup that needs no script.

A solution is a ``<details>`` element, which opens by mouse, by keyboard and without JavaScript.
The extension's own folding needs sphinx-togglebutton, and its style sheet a font of icons.
"""

from __future__ import annotations

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import is_exercise_node, is_extension_node, solution_node


def setup(app: Sphinx) -> None:
    """Write solutions as ``<details>``, and exercises without what this site does not need."""
    app.setup_extension("sphinx_exercise")
    app.add_node(solution_node, override=True, html=(_open_solution, _close_solution))
    app.add_transform(_Unwrap)
    app.add_post_transform(_Titles)


class _Unwrap(SphinxTransform):
    """Take the sections out that wrap contents: all of them have the same id, and no heading."""

    default_priority = 20  # after sphinx-exercise has gathered the contents, at 10

    def apply(self) -> None:
        for box in list(self.document.findall(is_extension_node)):
            box[1:] = [
                part
                for child in box[1:]
                for part in (child.children if isinstance(child, nodes.section) else [child])
            ]


class _Titles(SphinxPostTransform):
    """Turn "Exercise 1.2 (A title)" into "Exercise 1.2 A title"."""

    default_priority = 25  # after sphinx-exercise has made the titles, at 20

    def run(self, **kwargs: object) -> None:
        for box in self.document.findall(is_exercise_node):
            title = box[0]
            if isinstance(title, nodes.title) and len(title) > 2:
                del title[-1], title[0]


def _open_solution(translator: HTML5Translator, node: nodes.Element) -> None:
    node.pop(0)  # the title, with a link in it; a summary is a button and cannot hold one
    translator.body.append(
        f"{translator.starttag(node, 'details')}<summary>{escape(node['title'])}</summary>\n"
    )


def _close_solution(translator: HTML5Translator, node: nodes.Element) -> None:
    translator.body.append("</details>\n")
