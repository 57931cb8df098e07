"""Let readers search for sizes, 3×3 or 3x3, and in British or American spelling."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.search.en import SearchEnglish

_TIMES = re.compile(r"(?<=\d)\s?×\s?(?=\d)")

#: American spellings, as expressions that Python and JavaScript read alike, and the text's own.
#: Words and queries take the text's, so that a page that is found can mark the query's words.
SPELLINGS = {
    "color": "colour",
    "gray": "grey",
    "neighbor": "neighbour",
    "behavior": "behaviour",
    "centere?": "centre",
    "license": "licence",
    "artifact": "artefact",
    "labeled": "labelled",
    # Where -ise is not spelt so in both: not size, prize and the function summarize.
    **{f"{letter}iz(?=e|ing|ation)": f"{letter}is" for letter in "lmn"},
}


def setup(app: Sphinx) -> None:
    """Split text and queries in the book's way, and keep the index of unchanged pages."""
    app.add_search_language(_English)
    app.connect("build-finished", _keep_index_entries)


def _keep_index_entries(app: Sphinx, error: Exception | None) -> None:
    """Save what ``{index}`` says of the pages just written.

    Sphinx saves its environment before it writes pages, and collects the entries only then: the
    next build would search without those of all the pages that it does not write again. After
    warnings, the next build reads all pages again (see `failures`).
    """
    if error is None and not app._warncount and app.builder.format == "html":
        with (Path(app.doctreedir) / ENV_PICKLE_FILENAME).open("wb") as file:
            pickle.dump(app.env, file, pickle.HIGHEST_PROTOCOL)


def in_british(text: str) -> str:
    """Return a text in the spelling of the book, in small letters where it differs.

    >>> in_british("Center and normalize color images of any size")
    'centre and normalise colour images of any size'
    """
    for american, british in SPELLINGS.items():
        text = re.sub(american, british, text, flags=re.IGNORECASE)
    return text


class _English(SearchEnglish):
    """English, in which a size is one word; stock Sphinx splits it and drops lone digits."""

    js_splitter_code = rf"""
const SPELLINGS = {json.dumps(SPELLINGS)};

function splitQuery(query) {{
  for (const [american, british] of Object.entries(SPELLINGS))
    query = query.replace(new RegExp(american, "gi"), british);
  return query
    .replace(/(\d)\s?×\s?(?=\d)/g, "$1x")
    .split(/[^\p{{Letter}}\p{{Number}}_\p{{Emoji_Presentation}}]+/gu)
    .filter(Boolean);
}}
"""

    def split(self, input: str) -> list[str]:
        """Return the words of a text.

        >>> _English({}).split("Mix channels with 1×1 filters")
        ['Mix', 'channels', 'with', '1x1', 'filters']
        """
        return super().split(_TIMES.sub("x", in_british(input)))
