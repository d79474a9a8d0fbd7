"""FictionBook: the main body in its order, whatever its encoding, zipped or not; the notes are said."""

import pytest
from hypothesis import given, settings

from polyalign.errors import InputError, UnreadableError
from polyalign.formats.documents.fb2 import blocks
from tests.helpers.hostile import changed, changes, outcome, zipped

BOOK = """<?xml version="1.0" encoding="{}"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink">
<description><title-info><author><first-name>Анна</first-name></author><book-title>Старая гавань</book-title>
<annotation><p>О гавани.</p></annotation><lang>ru</lang></title-info></description>
<body><title><p>Старая гавань</p></title><epigraph><p>Море помнит.</p><text-author>Автор</text-author>
</epigraph><section><title><p>Глава&nbsp;1</p></title>
<p>Гавань <strong>закрыта</strong><a l:href="#n1" type="note">[1]</a>
до мая.</p><empty-line/><poem><stanza><v>Волна,</v><v>волна.</v></stanza></poem>
<section><p>Ещё абзац.</p><image l:href="#a.png"/></section></section>
<section><table><tr><th>Год</th><td><p>1910</p></td></tr></table></section></body>
<body name="notes"><section id="n1"><p>Сноска.</p></section><section id="n2"><p>Другая.</p></section></body>
<binary id="a.png" content-type="image/png">QUFB</binary></FictionBook>"""
BINARY = '<binary id="b" content-type="image/png">' + "QUFB\n" * 3_000_000 + "</binary></FictionBook>"


def made(codec: str = "utf-8", said: str = "") -> bytes:
    return BOOK.format(said or codec).encode(codec)


@pytest.mark.parametrize(
    "data",
    [
        made(),
        made("windows-1251"),
        made("koi8-r"),
        BOOK.format("utf-16").replace("&nbsp;", "\u00a0").encode("utf-16"),
        b"\xef\xbb\xbf" + made(),
        zipped({"книга.fb2": made()}),
        made().replace(b"</FictionBook>", BINARY.encode()),
    ],
)
def test_the_text_of_a_book(data: bytes) -> None:
    found = blocks(data, name="x")
    assert dict(zip(found.places, found.texts, strict=True)) == {
        "paragraph 1": "Старая гавань",
        "paragraph 2": "Море помнит.",
        "paragraph 3": "Автор",
        "chapter 1 paragraph 1": "Глава\u00a01",
        "chapter 1 paragraph 2": "Гавань закрыта до мая.",
        "chapter 1 paragraph 3": "Волна,",
        "chapter 1 paragraph 4": "волна.",
        "chapter 1 paragraph 5": "Ещё абзац.",
        "chapter 2 paragraph 1": "Год",
        "chapter 2 paragraph 2": "1910",
    }
    assert (found.language, found.notes) == ("ru", ("2 footnotes left out",))


def test_the_title_comes_first_where_the_text_does_not_say_it() -> None:
    data = made().replace("<title><p>Старая гавань</p></title>".encode(), b"")
    assert blocks(data, name="x").texts[0] == "Старая гавань"
    assert blocks(data, name="x").places[0] == "title"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is damaged"),
        (b"<html/>", "this is no FictionBook"),
        (made()[:-20], r"is damaged \(line 12: "),
        (made("windows-1251", "utf-8"), "says that it is utf-8, but seems to be windows-1251"),
        (made("utf-8", "windows-1251"), "says that it is windows-1251, but it is UTF-8"),
        (zipped({"a.txt": b"x"}), "no FictionBook"),
        (made()[:400], "is damaged"),
    ],
)
def test_what_is_no_whole_book(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=rf"^x: .*{message}"):
        blocks(data, name="x")


def test_declared_entities_are_refused() -> None:
    bomb = made().replace(b"<FictionBook ", b'<!DOCTYPE FictionBook [<!ENTITY a "aa">]><FictionBook ', 1)
    with pytest.raises(InputError, match="declares entities, as XML bombs do"):
        blocks(bomb, name="x")


@settings(max_examples=150)
@given(changes)
def test_changed_books_give_blocks_or_one_line(todo: list[tuple[str, float, bytes]]) -> None:
    outcome(blocks, changed(made(), todo))
    outcome(blocks, changed(zipped({"a.fb2": made()}), todo))
