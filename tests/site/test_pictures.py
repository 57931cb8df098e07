"""Pictures without a name are found in the HTML of outputs."""

from __future__ import annotations

import pytest

from cnnbook_site.pictures import unnamed_pictures


@pytest.mark.parametrize(
    ("html", "unnamed"),
    [
        ('<img src="cat.png">', ["img"]),
        ('<img src="cat.png" alt="">', ["img"]),
        ('<img src="cat.png" alt="  ">', ["img"]),
        ('<img src="cat.png" alt="A cat">', []),
        ('<img src="line.png" alt="" role="presentation">', []),
        ("<svg></svg>", ["svg"]),
        ('<svg role="img" aria-label=""></svg>', ["svg"]),
        ('<svg role="img" aria-label="A grid"></svg>', []),
        ('<svg aria-hidden="true"></svg>', []),
        ('<svg aria-label="A grid"><svg></svg></svg>', []),
        ('<svg aria-label="A grid"></svg><svg></svg>', ["svg"]),
        ("<canvas></canvas>", ["canvas"]),
        ("<svg><title>A grid</title></svg>", []),
        ("<svg><g><title>A part</title></g></svg>", ["svg"]),
        ('<div role="img"></div>', ["div"]),
        ('<div role="img" aria-label="A grid"></div>', []),
        ('<object data="cat.svg"></object><embed src="cat.svg">', ["object", "embed"]),
        ('<iframe src="film.html" title="A film"></iframe>', []),
        ('<input type="image" src="go.png"><input type="text">', ["input"]),
        ('<img src="cat.png" alt="cat.png">', ["img"]),
        ('<img src="a/cat.png" alt="cat.png">', ["img"]),
        ('<p aria-hidden="true"><img src="cat.png"></p>', []),
        ("<p>No picture, 3 < 4</p>", []),
    ],
)
def test_unnamed_pictures(html: str, unnamed: list[str]) -> None:
    assert unnamed_pictures(html) == unnamed
