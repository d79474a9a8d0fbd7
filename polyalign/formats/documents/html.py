"""Web pages in: the main text with its title, without menus, banners and what is not shown."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator

from polyalign.errors import TooLargeError, UnreadableError
from polyalign.formats.common import Blocks
from polyalign.formats.decoding import Decoded, decode, decodes, encoding_name
from polyalign.formats.documents.htmlblocks import Block, invisible, letters, local, page_blocks, text_of
from polyalign.formats.documents.prose import LANGUAGE_TAG
from polyalign.formats.markup import Element

MOSTLY_LINKS = 0.6  # of the characters of a list, a table or a paragraph
LEAST_MAIN_TEXT = 0.2  # of what the page shows; below it nothing was recognised as main text
LARGE_PART = 0.5  # of the page: too much to be dropped for a class name
LEAST_ARTICLE = 140  # characters
MAX_TAGS = 500_000  # a news page has some thousands
MAX_COMPARISONS = 400_000_000  # of attributes with each other, as the parser does in each tag: 2 s

_BEFORE_CHARSET = 4096  # bytes within which a page states its charset
_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_:.-]{2,40})""")
_MARKUP = re.compile(rb"<[A-Za-z/!?][^<>]*>")
# Tags as the HTML standard cuts them, and what may look like tags but is none. Nothing is read twice.
_ATTRIBUTE = re.compile(
    r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?+)?+"""
)
_TAG = re.compile(
    rf"""<!--(?s:.*?)(?:-->|\Z)|<(script|style)\b(?s:.*?)(?:</\1|\Z)
    |<[A-Za-z][^\s/>]*+(?P<attributes>(?:{_ATTRIBUTE.pattern})*+)""",
    re.IGNORECASE | re.VERBOSE,
)
_FEW = 64  # characters of attributes, which then are too few to count
# What a page means by these labels, by the WHATWG's Encoding Standard, as Python codecs.
_LABELS = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874"}
_LABELS |= {"tis-620": "cp874", "shift_jis": "cp932", "euc_kr": "cp949"}
_LABELS |= dict.fromkeys(("gb2312", "gbk"), "gb18030")
_LABELS |= dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be"), "utf-8")

_ASIDE = frozenset("aside footer header form button dialog menu".split())
_ASIDE_ROLES = frozenset(
    "banner contentinfo search complementary dialog alertdialog menu menubar toolbar".split()
)
_ASIDE_WORDS = re.compile(
    r"""(?:^|[\s_-])(?:cookies?|consent|gdpr|nav|navbar|navigation|menu|topbar|breadcrumbs?|sidebar|footer
    |related|recommended|share|sharing|social|comments?|newsletter|subscribe|subscription|promo|advert
    |advertisement|ads?|sponsored|popup|modal|pagination|pager|skip|skiplink|masthead|widget|toolbar|trending
    |most-?read|most-?popular|copyright|disclaimer|reklam|ilgili|paylas|yorum|yorumlar|outbrain|taboola)
    (?:$|[\s_-])""",
    re.IGNORECASE | re.VERBOSE,
)


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:
    """The blocks of the main text ("heading 1", "paragraph 5", "table 1 cell B2"), the title first.

    The title is left out where the text starts with it. A page without recognisable main text gives
    all that it shows, which a note says. Raises UnreadableError for what is no page.
    """
    found, notes = decoded_page(data, name=name, encoding=encoding)
    root = parsed_page(found.text, name=name)
    shown = page_blocks(root)
    kept = _main_text(root)
    if letters(kept) < LEAST_MAIN_TEXT * letters(shown):
        kept = shown
        notes.append("no main text found: all visible text is read, menus included")
    titled = [*_title(root, kept), *kept]
    places, numbers = [], Counter[str]()  # counted among the blocks that are kept; cells keep theirs
    for block in titled:
        numbers[block.kind] += 1
        fixed = block.kind in ("cell", "title")
        places.append(block.place if fixed else f"{block.kind} {numbers[block.kind]}")
    return Blocks(tuple(block.text for block in titled), tuple(places), _language(root), tuple(notes))


def parsed_page(text: str, *, name: str) -> Element:
    """The root element of a page, however untidy.

    Raises UnreadableError where there is none, InputError for one too large or nested too deeply,
    of which the parser would give a part without a word.
    """
    from lxml import etree

    if text.count("<") > MAX_TAGS:
        raise TooLargeError(f"{name} has more than {MAX_TAGS} tags: split it")
    held = (match["attributes"] or "" for match in _TAG.finditer(text))
    if sum(len(_ATTRIBUTE.findall(each)) ** 2 for each in held if len(each) > _FEW) > MAX_COMPARISONS:
        raise TooLargeError(f"{name} has tags with very many attributes: save it as plain text")
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    nothing = UnreadableError(f"{name}: there is nothing in it that a browser could show: check it")
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise nothing from error
    if root is None:
        raise nothing
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise TooLargeError(f"{name}: its elements are nested too deeply: save it as plain text")
    return root


def decoded_page(data: bytes, *, name: str, encoding: str | None = None) -> tuple[Decoded, list[str]]:
    """The text by the named encoding, its byte order mark, UTF-8, what the page states, then a guess."""
    if encoding is not None:
        return decode(data, name=name, encoding=encoding), []
    stated = _stated_codec(data)
    marked = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if stated not in ("", "utf-8") and not marked:
        is_utf8 = not data.isascii() and decodes(data, "utf-8")  # which by chance it hardly is
        if not is_utf8 and decodes(data, stated):
            return decode(data, name=name, encoding=stated), []
    found = decode(data, name=name)
    if not found.guessed:
        return found, []
    guess = decode(_MARKUP.sub(b" ", data), name=name).encoding  # markup is no text of the language
    if decodes(data, guess):
        found = Decoded(data.decode(guess), guess, guessed=True)
    said = f", as it is not the {stated} that the page states" if stated else ""
    return found, [f"encoding guessed: {encoding_name(found.encoding)}{said} (--encoding overrides it)"]


def _stated_codec(data: bytes) -> str:
    """The Python codec that the page states, empty for none or one that Python does not know."""
    head = data[:_BEFORE_CHARSET]
    found = _CHARSET.search(head) or _XML_ENCODING.search(head)
    label = found.group(1).decode("ascii") if found else ""
    try:
        codec = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    return _LABELS.get(codec, codec)


def _main_text(root: Element) -> list[Block]:
    lengths = _lengths(root)
    part = _main_part(root, lengths)

    def aside(element: Element) -> bool:
        if local(element) == "header" and part is not root:
            return False
        large = lengths.get(element, 0) >= LARGE_PART * lengths.get(root, 0)
        return _is_aside(element) and (_is_navigation(element) or not large)

    found = page_blocks(part, skip=aside)
    headlines = [text for e in root.iter("{*}h1") if (text := text_of(e))]
    if part is not root and len(headlines) == 1 and not any(block.level == 1 for block in found):
        found.insert(0, Block(headlines[0], "heading", "", level=1))  # the only one of the page
    return _without_empty_headings(_without_links(found))


def _lengths(root: Element) -> dict[Element, int]:
    """How much text a browser shows of each element."""
    from lxml import etree

    lengths: Counter[Element] = Counter()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            if invisible(element):
                walk.skip_subtree()
            else:
                lengths[element] += len((element.text or "").strip())
        elif (parent := element.getparent()) is not None:
            lengths[parent] += lengths[element] + len((element.tail or "").strip())
    return lengths


def _is_navigation(element: Element) -> bool:
    return local(element) == "nav" or element.get("role") == "navigation"


def _is_aside(element: Element) -> bool:
    name = local(element)
    if name in ("html", "body", "main", "article", "p", "h1"):
        return False
    if _is_navigation(element) or element.get("role") in _ASIDE_ROLES:
        return True
    if name == "header":
        return next(element.iter("{*}h1", "{*}h2", "{*}h3"), None) is None
    words = f"{element.get('class') or ''} {element.get('id') or ''}"
    return name in _ASIDE or bool(_ASIDE_WORDS.search(words))


def _main_part(root: Element, lengths: dict[Element, int]) -> Element:
    """The one article of a page, else what it marks as its main part, else the whole page."""
    from lxml import etree

    walk, articles = etree.iterwalk(root, events=("start",)), []
    for _, element in walk:  # those that stand in no other and in nothing that is set aside
        if local(element) in ("article", "aside", "footer", "nav"):
            walk.skip_subtree()
        if local(element) == "article":
            articles.append(element)
    largest = max(articles, key=lambda e: lengths.get(e, 0), default=root)
    total = sum(lengths.get(e, 0) for e in articles)
    if articles and lengths.get(largest, 0) >= max(LARGE_PART * total, LEAST_ARTICLE):
        return largest
    marked = [e for e in root.iter() if local(e) == "main" or e.get("role") == "main"]
    return next((e for e in marked if lengths.get(e, 0) >= LEAST_ARTICLE), root)


def _without_links(found: list[Block]) -> list[Block]:
    """The blocks without menus: lists, tables and paragraphs that are mostly links."""
    linked, total = Counter[int](), Counter[int]()  # characters, by the numbers of lists and tables
    for block in found:
        linked[block.group] += round(block.linked * len(block.text))
        total[block.group] += len(block.text)

    def is_menu(block: Block) -> bool:
        share = linked[block.group] / total[block.group] if block.group else block.linked
        links_in_lines = block.linked > MOSTLY_LINKS and "\n" in block.text
        return (share > MOSTLY_LINKS or links_in_lines) and not block.level

    return [block for block in found if not is_menu(block)]


def _without_empty_headings(found: list[Block]) -> list[Block]:
    """The blocks without headings below the first level that nothing follows but the same or a higher one."""
    kept: list[Block] = []
    following = 1  # the level of what follows, the end of the page counted as the highest; 9 is text
    for block in reversed(found):
        if block.level < 2 or block.level < following:
            kept.append(block)
            following = block.level or 9
    return kept[::-1]


def _title(root: Element, kept: list[Block]) -> Iterator[Block]:
    """The page's title, unless a first-level heading or the start of the text says it."""
    titles = (e for e in root.iter("{*}title") if (up := e.getparent()) is None or local(up) != "svg")
    title = next(map(text_of, titles), "")  # a drawing has one of its own
    said = [block.text for block in kept[:3]]
    if title and title not in said and not any(block.level == 1 for block in kept):
        yield Block(title, "title", "title")


def _language(root: Element) -> str:
    for element in (root, *root.iter("{*}body")):
        stated = element.get("lang") or element.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
        if LANGUAGE_TAG.fullmatch(stated.strip()):
            return stated.strip()
    return ""
