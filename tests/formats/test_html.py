"""Web pages: the main text of pages in the manner of news sites, and of old, short and hostile ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.errors import InputError, PolyalignError
from polyalign.formats.common import Blocks
from polyalign.formats.documents.html import blocks
from tests.helpers.hostile import changed, changes, outcome
from tests.helpers.samples import ARABIC, FRENCH, RUSSIAN, TURKISH

ENGLISH_PAGE = """<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">
<title>Old bridge to reopen before winter | Coast Daily</title>
<script>var a="<p>no</p>";</script><style>p{}</style></head>
<body class="has-menu">
<header><a href="/">Coast Daily</a><nav><ul><li><a href="/news">News</a></li></ul></nav></header>
<div id="cookie-banner"><p>We use cookies to give you the best experience on our site.</p></div>
<main><article><h1>Old bridge to reopen before winter</h1><p class="byline">By Jane Miller</p>
<figure><img src="a.jpg" alt="The bridge"><figcaption>Workers on the northern pier.</figcaption></figure>
<p>The town council said that the <a href="/b">old bridge</a> will&nbsp;reopen &amp; stay open.</p>
<p>&ldquo;We replaced the stone piers,&rdquo; the mayor said.<br>He added that traffic would return.</p>
<div class="share">Share this on a network of your choice</div>
<h2>What it cost</h2><p>Twelve million.</p>
<ul><li>Eight million for the piers.</li><li>Four million for the <b>road</b>way.</li></ul>
<table><caption>Costs</caption><tr><th colspan=2>Year</th><th>Cost</th></tr>
<tr><td>2023<td>x<td>5 million</tr></table>
<blockquote><p>I have waited, said a shopkeeper.</p></blockquote><p>Twelve million.</p>
<h2>Read more</h2></article>
<aside><h3>Related</h3><ul><li><a href="1">Flood warnings issued along the coast</a></li></ul></aside></main>
<section class="comments"><h3>Comments</h3><p>This took far too long, in my opinion.</p></section>
<footer><p>© Coast Daily. All rights reserved.</p></footer></body></html>"""

ARABIC_PAGE = """<html lang="ar" dir="rtl"><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>ترميم الجسر القديم ينتهي قبل الشتاء - صحيفة الساحل</title></head><body>
<div class="top"><a href="/">الرئيسية</a> | <a href="/a">أخبار</a> | <a href="/b">رياضة</a></div>
<div class="content"><h1>ترميم الجسر القديم ينتهي قبل الشتاء</h1>
<div class="text">أعلنت بلدية المدينة الساحلية أن أعمال ترميم الجسر القديم ستنتهي.<br><br>
وقال رئيس البلدية \u200fإن المهندسين\u200f استبدلوا \u202bالأعمدة\u202c الحجرية.<br/>
<br/>هل تكفي الميزانية؟ يجيب المتحدث: نعم؛ فقد خصص المجلس 12 مليون دينار لهذا الغرض.</div></div>
<div class="sidebar"><h3>الأكثر قراءة</h3><ul><li><a href="1">الأمطار تغلق الطرق الجبلية</a></li></ul></div>
<div class="footer">جميع الحقوق محفوظة</div></body></html>"""

TURKISH_PAGE = """<html><head><meta charset="windows-1254">
<title>Eski köprü kıştan önce açılıyor</title></head><body>
<ul class="nav-list"><li><a href="/">Ana sayfa</a></li><li><a href="/g">Gündem</a></li></ul>
<div class="haber"><h1>Eski köprü kıştan önce açılıyor</h1><h2>Belediye, onarımın sonuna geldi.</h2>
<p>Kıyı kentinin belediyesi, eski köprünün onarımının biteceğini açıkladı.</p><div class="ad">Reklam</div>
<p>İşçiler “gece gündüz” çalışıyor; bütçe ise 12 milyon lira.</p></div>
<div class="ilgili-haberler"><h4>İlgili haberler</h4><a href="1">Sel uyarısı</a></div></body></html>"""


PAR = "paragraph 1"


def read(page: str | bytes, *, codec: str = "utf-8", encoding: str | None = None) -> Blocks:
    return blocks(page.encode(codec) if isinstance(page, str) else page, name="x", encoding=encoding)


def body(content: str) -> dict[str, str]:
    """The texts of a page by their places."""
    found = read(f"<html><body>{content}</body></html>")
    return dict(zip(found.places, found.texts, strict=True))


def test_an_english_article() -> None:
    found = read(ENGLISH_PAGE)
    assert dict(zip(found.places, found.texts, strict=True)) == {
        "heading 1": "Old bridge to reopen before winter",
        "paragraph 1": "By Jane Miller",
        "caption 1": "Workers on the northern pier.",
        "paragraph 2": "The town council said that the old bridge will\u00a0reopen & stay open.",
        "paragraph 3": "“We replaced the stone piers,” the mayor said.\nHe added that traffic would return.",
        "heading 2": "What it cost",
        "paragraph 4": "Twelve million.",
        "list item 1": "Eight million for the piers.",
        "list item 2": "Four million for the roadway.",
        "caption 2": "Costs",
        "table 1 cell A1": "Year",
        "table 1 cell C1": "Cost",
        "table 1 cell A2": "2023",
        "table 1 cell B2": "x",
        "table 1 cell C2": "5 million",
        "paragraph 5": "I have waited, said a shopkeeper.",
        "paragraph 6": "Twelve million.",
    }
    assert (found.language, found.notes) == ("en-GB", ())


def test_an_arabic_article_keeps_its_marks() -> None:
    found = read(ARABIC_PAGE)
    assert found.texts == (
        "ترميم الجسر القديم ينتهي قبل الشتاء",
        "أعلنت بلدية المدينة الساحلية أن أعمال ترميم الجسر القديم ستنتهي.",
        "وقال رئيس البلدية \u200fإن المهندسين\u200f استبدلوا \u202bالأعمدة\u202c الحجرية.",
        "هل تكفي الميزانية؟ يجيب المتحدث: نعم؛ فقد خصص المجلس 12 مليون دينار لهذا الغرض.",
    )
    assert found.places == ("heading 1", "paragraph 1", "paragraph 2", "paragraph 3")
    assert found.language == "ar"


@pytest.mark.parametrize("codec", ["cp1254", "utf-8", "utf-8-sig", "utf-16"])
def test_a_turkish_article_in_any_encoding(codec: str) -> None:
    """A page that is UTF-8 is read as such, whatever charset it states."""
    found = read(TURKISH_PAGE, codec=codec)
    assert found.texts == (
        "Eski köprü kıştan önce açılıyor",
        "Belediye, onarımın sonuna geldi.",
        "Kıyı kentinin belediyesi, eski köprünün onarımının biteceğini açıkladı.",
        "İşçiler “gece gündüz” çalışıyor; bütçe ise 12 milyon lira.",
    )
    assert found.notes == ()


@pytest.mark.parametrize(
    ("stated", "codec", "text"),
    [
        ("iso-8859-1", "cp1252", FRENCH.replace("«", "“").replace("»", "”")),
        ("ISO-8859-9", "cp1254", TURKISH),
        ("windows-1256", "cp1256", ARABIC),
        ("koi8-r", "koi8_r", RUSSIAN),
    ],
)
def test_the_stated_charset_means_what_browsers_mean(stated: str, codec: str, text: str) -> None:
    for meta in (f"<meta charset={stated}>", f"<meta http-equiv=x content='text/html; charset={stated}'>"):
        page = f"<html><head>{meta}</head><body><p>{text}</p></body></html>"
        found = read(page, codec=codec)
        assert found.texts == (" ".join(text.split()),)
        assert found.notes == ()


def test_a_missing_or_wrong_charset_is_guessed_and_said() -> None:
    page = f"<html><body><p>{ARABIC * 2}</p></body></html>".encode("cp1256")
    assert read(page).texts == (" ".join((ARABIC * 2).split()),)
    assert read(page).notes == ("encoding guessed: windows-1256 (--encoding overrides it)",)
    wrong = read(b'<meta charset="utf-8">' + page)
    assert wrong.texts == read(page).texts
    assert "as it is not the utf-8 that the page states" in wrong.notes[0]
    assert read(page, encoding="cp1256").notes == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>Hello.</p><p>Two words.</p>", {"paragraph 1": "Hello.", "paragraph 2": "Two words."}),
        ("loose text<p>one", {"paragraph 1": "loose text", "paragraph 2": "one"}),
        ("<p>a<br><br>b<br>c", {"paragraph 1": "a", "paragraph 2": "b\nc"}),
        ("<p>&#x202e;evil&#x202c; &lt;b&gt; &nbsp;&shy;x", {PAR: "\u202eevil\u202c <b> \u00a0\u00adx"}),
        ("<div>one<div>two</div>three</div>", {PAR: "one", "paragraph 2": "two", "paragraph 3": "three"}),
        ("<p>a<s hidden>b</s><i style='display:none'>c</i><b aria-hidden=true>d</b>e</p>", {PAR: "ade"}),
        ("<dl><dt>Term<dd>Meaning</dl>", {"list item 1": "Term", "list item 2": "Meaning"}),
        ("<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字</p>", {"paragraph 1": "漢字"}),
        ("<pre>a\nb</pre>", {"paragraph 1": "a\nb"}),
        ("<form><p>All in a form.</p></form>", {"paragraph 1": "All in a form."}),
        ("<textarea>x</textarea><svg><text>x</text></svg><noscript>x</noscript><p>y</p>", {PAR: "y"}),
        ("<h2>A</h2><h3>B</h3><p>x</p><h2>Gone</h2>", {"heading 1": "A", "heading 2": "B", PAR: "x"}),
    ],
)  # fmt: skip
def test_what_a_browser_shows(content: str, expected: dict[str, str]) -> None:
    assert body(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # what browsers show is text, whatever screen readers are told
        ("<figure><img><figcaption aria-hidden='true'>The harbour</figcaption></figure>", "The harbour"),
        ("<p aria-hidden=true>نص ظاهر</p>", "نص ظاهر"),
        ("<p>It is <span ARIA-HIDDEN='TRUE'>open</span></p>", "It is open"),
        # of twins one is shown
        ("<p><b aria-hidden=true>40 lira</b><b class='sr-only'>forty lira</b></p>", "40 lira"),
        ("<p><b class='visually-hidden'>kırk lira</b> <b aria-hidden=true>40 ₺</b></p>", "40 ₺"),
        ("<p><span class='a-offscreen'>$5.00</span><span aria-hidden=true>$5</span></p>", "$5"),
        ("<p>New <span class='screen-reader-text'>(opens a window)</span></p>", "New (opens a window)"),
        (
            "<p>So <span class=katex><span class=katex-mathml><math><mi>x</mi></math></span>"
            "<span class=katex-html aria-hidden=true>x</span></span>.</p>",
            "So x.",
        ),
        # marks, icons and what opens on a click are none
        ("<h1>Title <a aria-hidden=true href='#t'>#</a></h1>", "Title"),
        ("<p>Close <span aria-hidden=true>&times;</span></p>", "Close"),
        ("<p><i class='material-icons' aria-hidden=true>arrow_forward</i> Next</p>", "Next"),
        ("<p>Text</p><div class='modal fade' aria-hidden=true><p>Sign in</p></div>", "Text"),
        ("<p>Text</p><div role=dialog aria-hidden=true><p>Sign in</p></div>", "Text"),
        ("<p>a<s aria-hidden=false>b</s></p>", "ab"),
    ],
)
def test_what_is_hidden_from_screen_readers_only(content: str, expected: str) -> None:
    assert list(body(content).values()) == [expected]


def test_a_layout_of_tables_and_tables_in_tables() -> None:
    inner = "<table><tr><td>inner</td></tr></table>"
    found = body(f"<table><tr><td>left<td><p>right<p>more{inner}after</td></tr></table>")
    assert list(found.items()) == [
        ("table 1 cell A1", "left"),
        ("table 1 cell B1", "after"),
        ("table 2 cell A1", "inner"),
    ]


def test_a_menu_in_a_cell_of_a_layout_is_left_out() -> None:
    menu = "<a href=1>Home</a><br><a href=2>Archive</a><br><a href=3>Contact</a>"
    text = "The town council said on Monday that the old bridge will reopen before winter."
    page = f"<table><tr><td>{menu}</td><td>{text} <a href=4>More</a></td></tr></table>"
    assert body(page) == {"table 1 cell B1": f"{text} More"}


def test_headings_that_are_links_are_kept_where_text_follows() -> None:
    page = "<h2 id=a><a href=#a>One</a></h2><p>Text.</p><h2><a href=2>Two</a></h2><p>More.</p>"
    assert list(body(page).values()) == ["One", "Text.", "Two", "More."]
    teasers = "<h3><a href=1>Flood warnings</a></h3><h3><a href=2>School buses</a></h3>"
    assert list(body(page + teasers).values()) == ["One", "Text.", "Two", "More."]


def test_the_title_where_no_headline_says_it() -> None:
    found = read("<title>A &amp; B</title><p>Some text.</p>")
    assert (found.texts, found.places) == (("A & B", "Some text."), ("title", "paragraph 1"))
    assert read("<title>Some text.</title><p>Some text.</p>").texts == ("Some text.",)


def test_a_page_of_links_gives_all_it_shows_and_says_so() -> None:
    found = read("<ul>" + "<li><a href=1>Flood warnings issued along the coast</a></li>" * 5 + "</ul>")
    assert len(found.texts) == 5
    assert found.notes == ("no main text found: all visible text is read, menus included",)


def test_of_several_articles_all_are_read_and_a_headline_outside_counts() -> None:
    texts = [
        f"Article {i} has a text of some length, and so it goes on and on for a while." for i in range(4)
    ]
    page = "".join(f"<article><p>{text}</p></article>" for text in texts)
    assert read(page).texts == tuple(texts)
    long = texts[0] * 3
    found = read(f"<div><h1>Headline</h1></div><p>Teaser</p><article><p>{long}</p></article>")
    assert found.texts == ("Headline", long)


@pytest.mark.parametrize("data", [b"", b"   ", b"<!-- only this -->", b"\0\0\0", b"\x89PNG\r\n"])
def test_what_is_no_page(data: bytes) -> None:
    assert isinstance(found := outcome(blocks, data), str) or found.texts == ()


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<b>",
        "<table><tr><td>",
        "<ul><li>",
        "<p>x",
        "<!--",
        "&lt",
        "<a href=",
        "<a",
        "&nbsp;",
        "<br>",
        "]]>",
    ],
)
def test_much_of_the_same_is_read_in_a_moment(piece: str) -> None:
    outcome(blocks, b"<p>start</p>" + piece.encode() * 20_000)


def test_nothing_is_lost_of_deep_nesting_or_it_is_refused() -> None:
    assert body("<b>" * 2_000 + "deep" + "</b>" * 2_000 + "<p>end") == {
        "paragraph 1": "deep",
        "paragraph 2": "end",
    }
    with pytest.raises(InputError, match="its elements are nested too deeply"):
        body("<b>" * 3_000 + "deep")
    with pytest.raises(InputError, match="more than 500000 tags: split it"):
        body("<i>" * 500_001)


def test_no_entity_is_expanded_and_no_file_opened() -> None:
    page = '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>a &a; b</p>'
    assert "root:" not in " ".join(read(page).texts)


@settings(max_examples=150)
@given(st.sampled_from([ENGLISH_PAGE, ARABIC_PAGE, TURKISH_PAGE]), changes)
def test_changed_pages_give_blocks_or_one_line(page: str, todo: list[tuple[str, float, bytes]]) -> None:
    outcome(blocks, changed(page.encode(), todo))


@settings(max_examples=100)
@given(
    st.lists(
        st.sampled_from(
            "<p> </p> <table> <tr> <td> </table> <ul> <li> </ul> <a> </a> <h2> <nav> x y".split()
        ),
        max_size=30,
    )
)
def test_any_tags_in_any_order(pieces: list[str]) -> None:
    try:
        found = blocks(" ".join(pieces).encode(), name="x")
    except PolyalignError:
        return
    assert "".join(found.texts).replace("\n", "").replace(" ", "").count("x") <= pieces.count("x")
