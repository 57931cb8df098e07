"""Let readers search for sizes: 3×3, typed as it stands in the text or as 3x3."""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

_TIMES = re.compile(r"(?<=\d)\s?×\s?(?=\d)")


def setup(app: Sphinx) -> None:
    """Split text and queries in the book's way."""
    app.add_search_language(_English)


class _English(SearchEnglish):
    """English, in which a size is one word; stock Sphinx splits it and drops lone digits."""

    js_splitter_code = r"""
function splitQuery(query) {
  return query
    .replace(/(\d)\s?×\s?(?=\d)/g, "$1x")
    .split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu)
    .filter(Boolean);
}
"""

    def split(self, input: str) -> list[str]:
        """Return the words of a text.

        >>> _English({}).split("Mix channels with 1×1 filters")
        ['Mix', 'channels', 'with', '1x1', 'filters']
        """
        return super().split(_TIMES.sub("x", input))
