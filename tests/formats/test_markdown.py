"""Markdown: the prose as one reads it, with its lines; everything else is left out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.errors import InputError
from polyalign.formats.documents import markdown
from polyalign.formats.documents.markdown import blocks
from tests.helpers.hostile import changed, changes, outcome
from tests.helpers.samples import ARABIC

words = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=12)

PAGE = """---
title: The bridge
lang: en-GB
---
# The *old* bridge

The town council said
that the [old bridge](https://example.org "t") will **reopen**.\\
It costs `12` million[^1].

```python
print("no")
```

- One
- [x] Two
  <!-- no -->

> A quote &amp; more &mdash; said she.

| Year | Cost |
|------|-----:|
| 2023 | ~~5~~ 6 |

<div align="center"><b>Centred</b> text</div>

![The bridge](a.png) <br> and a picture

    code by indent

[^1]: A note.
[old]: https://example.org

Setext
======
"""


def test_a_page() -> None:
    found = blocks(PAGE.replace("\n", "\r\n").encode(), name="x")
    assert dict(zip(found.places, found.texts, strict=True)) == {
        "line 5": "The old bridge",
        "line 7": "The town council said that the old bridge will reopen.\nIt costs 12 million.",
        "line 15": "One",
        "line 16": "Two",
        "line 19": "A quote & more — said she.",
        "line 21 column 1": "Year",
        "line 21 column 2": "Cost",
        "line 23 column 1": "2023",
        "line 23 column 2": "5 6",
        "line 25": "Centred text",
        "line 27": "The bridge\nand a picture",
        "line 34": "Setext",
    }
    assert found.language == "en-GB"
    assert found.notes == ("1 front matter left out", "2 code blocks left out", "1 footnote left out")


@given(
    st.lists(st.lists(words, min_size=1, max_size=5), min_size=1, max_size=5),
    st.sampled_from(["", "- ", "> ", "## "]),
)
def test_plain_paragraphs_come_back(paragraphs: list[list[str]], mark: str) -> None:
    """Lines of a paragraph are joined; the mark before it goes."""
    glue = " " if mark == "## " else "\n"
    text = "\n\n".join(mark + glue.join(lines) for lines in paragraphs)
    found = blocks(text.encode(), name="x")
    assert [t.replace(" ", "") for t in found.texts] == ["".join(lines) for lines in paragraphs]


@given(
    words,
    st.sampled_from(
        ["*{}*", "__{}__", "***{}***", "[{}](u)", "<b>{}</b>", "\\*{}", "`{}`", "[{}][a]\n\n[a]: u"]
    ),
)
def test_marks_vanish(word: str, form: str) -> None:
    assert blocks(form.format(word).encode(), name="x").texts == (word if "\\" not in form else f"*{word}",)


def test_arabic_and_chinese() -> None:
    found = blocks(f"# {ARABIC}\n这座古桥\n将重新开放 \u202eabc\u202c".encode(), name="x")
    assert found.texts[0] == ARABIC.split("\n", 1)[0]
    assert found.texts[-1].endswith("这座古桥将重新开放 \u202eabc\u202c")


def test_a_line_of_dashes_is_no_front_matter() -> None:
    assert blocks(b"---\n\nText\n", name="x").texts == ("Text",)
    assert blocks(b"Text\n\n---\nmore\n", name="x").texts == ("Text", "more")


def test_a_large_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "MAX_MARKDOWN_BYTES", 3)
    with pytest.raises(InputError, match="above the limit"):
        blocks(b"text", name="x")


@settings(max_examples=200)
@given(changes)
def test_changed_pages_give_blocks_or_one_line(todo: list[tuple[str, float, bytes]]) -> None:
    outcome(blocks, changed(PAGE.encode(), todo))


@pytest.mark.parametrize(
    "piece",
    ["[", "*", "`", "> ", "- ", "![](", "<", "|", "*a_", "a**b", "&", "[a](", "\\", "~~", "---\n", "| a "],
)
def test_much_of_the_same_is_read_in_a_moment(piece: str) -> None:
    outcome(blocks, b"start\n\n" + piece.encode() * 5_000)
    outcome(blocks, (piece + "\n").encode() * 2_000)
