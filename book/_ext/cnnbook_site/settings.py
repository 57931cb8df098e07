"""Links that set an interactive figure.

In a chapter, ``[two rows apart](#stride-try "stride=2, dilation=1")`` leads to the first figure of
the section, in the state that its class makes of these arguments; what they don't say stays as the
figure opens. A host that knows no figures has a link to the section there.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any
from urllib.parse import quote

import traitlets
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from cnnbook import widgets

_FIGURE = re.compile(r'<figure class="cnnbook-figure" data-widget="([\w-]+)"')
_ARGUMENTS = re.compile(r"\w+=")
_CLASSES = {getattr(widgets, name).module: getattr(widgets, name) for name in widgets.__all__}

_log = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Resolve the links after MyST has found the sections that they name."""
    app.add_transform(_Settings)


class _Settings(SphinxTransform):
    default_priority = 890

    def apply(self) -> None:
        for link in self.document.findall(nodes.reference):
            if "refid" not in link or not _ARGUMENTS.match(link.get("reftitle", "")):
                continue
            try:
                address = self._address(link["refid"], link["reftitle"])
            except (SyntaxError, ValueError, traitlets.TraitError) as error:
                _log.warning("this link sets no figure: %s", error, location=link)
            else:
                link["section"] = link["refid"]  # where a notebook leads: it has no such address
                del link["refid"]
                link["refuri"], link["internal"] = address, True
                link["classes"] = [*link["classes"], "sets-figure"]
                link["reftitle"] = f"sets the figure: {link['reftitle']}"

    def _address(self, section: str, arguments: str) -> str:
        counts: dict[str, int] = {}
        for raw in self.document.findall(nodes.raw):
            for module in _FIGURE.findall(raw.astext()):
                counts[module] = counts.get(module, 0) + 1
                if _within(raw, section):
                    part = json.dumps(state(module, arguments), separators=(",", ":"))
                    return f"#{module}-{counts[module]}={quote(part)}"
        raise ValueError(f"there is no figure in #{section}")


def state(module: str, arguments: str) -> dict[str, Any]:
    """Return what some arguments say of a figure's state, as its links hold it.

    >>> state("convolution-explorer", "stride=1, dilation=2")
    {'dilation': [2, 2], 'stride': [1, 1]}
    """
    call = ast.parse(f"f({arguments})", mode="eval").body
    assert isinstance(call, ast.Call)
    given = {keyword.arg or "**": ast.literal_eval(keyword.value) for keyword in call.keywords}
    first, made = _CLASSES[module]().state(), _CLASSES[module](**given).state()
    part = {name: made[name] for name in made if name in given or made[name] != first[name]}
    if not part:
        raise ValueError(f"{arguments!r} names nothing of a {module}'s state")
    return part


def _within(node: nodes.Node, section: str) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.section) and section in node["ids"]:
            return True
    return False
