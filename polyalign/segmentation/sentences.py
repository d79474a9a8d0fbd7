"""Text to sentences with exact offsets: rules over a window around each mark, in linear time."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from functools import cache, cached_property, lru_cache

from polyalign.folding import Folded
from polyalign.parts import Segment
from polyalign.segmentation.numbering import numbered
from polyalign.segmentation.rules import LINE_ENDS, SentenceRules, sentence_rules
from polyalign.segmentation.wrapping import Wrapped, unwrapped

_DIRECTION = "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
EDGE = "".join(map(chr, (*range(0x21), *range(0x7F, 0xA1), 0x1680, *range(0x2000, 0x200B))))
EDGE += "\u2028\u2029\u202f\u205f\u3000" + _DIRECTION
LINE = re.compile(f"[^{LINE_ENDS}]+")
_CLOSERS = "\"'”’“‘»«›‹)]}」』】》〉）＂＇"
_MARKS = ".!?…؟۔།‽⁇⁈⁉‼"  # they end a sentence where something begins behind them,
_FULL_MARKS = "。！？｡।॥༎።፧፨။។៕։᙮᠃᠉᱾᱿꯫܀܁܂߹"  # these wherever they stand
_FULL_CLOSERS = "\"'”’»)]}」』】》〉）＂＇"
_SUPERSCRIPTS = "\u00b9\u00b2\u00b3\u2070-\u2079\u207d-\u207f"
_NOTE = (  # a footnote's number or sign, that of a verse
    rf"[{_SUPERSCRIPTS}][{_SUPERSCRIPTS},–-]{{0,8}}|[ \xa0][{_SUPERSCRIPTS}]{{1,5}}(?=\s|\Z)|[*†‡§¶]{{1,3}}"
    r"|\[\^?\w[\w .,،؛;:–-]{0,29}\](?::\d{1,4}(?:[–-]\d{1,4})?)?|\(\w{1,3}\)"
    r"|\{\d{1,3}\}|\^\d{1,3}|<sup>[^<>]{1,30}</sup>|[ \xa0]?[﴾﴿]\s?\d{1,3}\s?[﴾﴿]"
    r"|(?:(?<=[^\W\d_][.!?؟…])|(?<=[.!?؟…][”’\"»)]))\d{1,3}(?:[,–-]\d{1,3}){0,3}(?=\s|\Z)"
)
_CONTINUES = frozenset(",;:،؛、，；：)]}%=+&|" + _MARKS)
_CONTINUES_FULL = frozenset(",;:،؛、，；：)]}%=+&|と")
_OPENERS = "\"'“”‘„‚«»‹›「『《〈（([{¿¡-–—―•*·" + _DIRECTION
_QUOTATION_MARKS = tuple("\"'”’“»«")
_OPENING_QUOTES = ('"', "“", "«", "„")
_QUOTES = ('"', "“”„‟", "«»", "‹›")  # the marks that open and close each other
_DASHES = "-–—―"
_AFTER_DASH = re.compile(r"\A[ \xa0](?=\w)")
_WINDOW = 48
_WORD = re.compile(r"[^\W\d_][^\s.,;:!?…،؛؟\"'”’»)\]]*")
_TOKEN_BACKWARDS = re.compile(rf"[^\s(\[{{<«“„‘\"'/—–{_DIRECTION}]*")
_ACRONYM = re.compile(r"(?:[^\W\d_]\u200d?\.)+[^\W\d_]\u200d?\Z")
_INITIAL = re.compile(r"[^\W\d_]\.")
_ROMAN = re.compile(r"(?=[ivxl])l?x{0,3}(?:i[xv]|v?i{0,3})\Z", re.IGNORECASE)
_ROMAN_NUMBER = re.compile(r"(?:[VXL]|[IVXL]{2,7}|[ivx]{2,7})\b")  # but I, which is a word
_LETTER = r"[^\W\d_\u1100-\uffdf]"  # a syllable may be a word
_NUMBER = (
    rf"(?:\d{{1,4}}(?:[.,/–-]\d{{1,3}}){{0,5}}{_LETTER}?|{_LETTER}|[가나다라마바사아]|[ivxlIVXL]{{1,5}})"
)
_ENUMERATOR = re.compile(rf"\W*(?:(?!\d{{4}}){_NUMBER})[)\]]?\Z")
_HEADED = re.compile(rf"\W*(?P<heading>[^\W\d_].*?)\.?\s\(?{_NUMBER}\)?\Z")
_ITEM = re.compile(r"\(?(?:[^\W_]|[ivx]{1,4}|\d{2})\)\s|(?:[a-h]|[ivx]{1,4})\.\s(?![a-z])")
_BRACKETED = re.compile(r"[(\[{﴾﴿]\s?\d{1,3}\s?[)\]}﴾﴿]")
_FIGURE = re.compile(r"[%$€£₺]\d[\d.,:]*|\d[\d.,:]*[%‰€₺]|\d+(?:[,:]\d{2,3})+")
_SHORTENED = re.compile(r"\w\w['’]\w\Z")  # doesn't
_AMOUNT = re.compile(r"\d[\d.,٫/–-]*(?=[^\W\d_])")  # a number and its unit in one word
_PARTED = re.compile(r"\.-?")
_AFTER_NUMBER = re.compile(r"\d\s?\Z")
_QUOTATION = 400
_ENUMERATION = 5  # characters of "(iii"
_INTRODUCED = re.compile(r":\s?[\"“«][^\"”»“«]{20,}\Z")
_ADDRESS = re.compile(r"://|www\.|[@=\\_#]", re.IGNORECASE)
_BEGINNING = re.compile(r"([^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u064b-\u0652])*)(?:['’ʼ]\w+)?")
_WORD_END = re.compile(r"[^\w.(]|\.(?![a-z0-9_])|\Z")
_UNSPACED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Tibetan, Burmese, Khmer
_BRACKETS = re.compile(r"[()\[\]（）](?<![:;=][()])(?<![:;=]-[()])")  # but those of :) and :-(
_ASIDE = 500  # characters of the longest parenthesis that is not cut
_STOPPED = re.compile(rf"[{_MARKS}{_FULL_MARKS}][{re.escape(_CLOSERS)}]*\Z")
_SENTENCE_BEGINNING = re.compile(r"(?:\A[\W\d_]{0,8}|[.!?…][\"'”’»)]*\s[\W_]{0,5})([^\W\d_])")
_VERB = 16  # characters of a verb, or of its end
_LEAST_WORDS = 3  # before and behind a stop that was left out
_CAPITALS = "".join(filter(str.isupper, map(chr, range(0x530))))  # of Latin, Greek and Cyrillic
_NEXT_CAPITAL = re.compile(rf" (?=[{_CAPITALS}][^\W\d_])")
_UNTIL_STOP = re.compile(r"[^.!?…:;]*")


def segment(text: str, language: str, *, wrapped: Wrapped = "auto") -> tuple[Segment, ...]:
    """The sentences of a text, ids from 0; `text[s.start:s.end] == s.text` for each.

    A line end always ends a sentence, but where a width ended the line: `wrapped` says whether that is
    so ("yes", "no"), "auto" finds it out. What lies between two segments is white space, control and
    direction characters only; no segment consists of those. The rules of a language that has no data
    file are the general ones; a region ("pt-BR") is ignored. They see the text in ordinary letters.
    """
    segments: list[Segment] = []
    start, rules = 0, sentence_rules(language)
    read = Folded.readable(unwrapped(text, wrapped), language, capitals=True)
    lines = ((line.start(), _Line(line.group(), rules)) for line in LINE.finditer(read.text))
    cuts = (begun + cut for begun, line in lines for cut in line.cuts())
    for cut in (*map(read.origin, (*cuts, len(read.text))), len(text)):
        add_shown(segments, text, start, cut)
        start = cut
    return tuple(segments)


def add_shown(segments: list[Segment], text: str, start: int, end: int) -> None:
    """Add what is shown of `text[start:end]` to the segments, if anything is."""
    rest = text[start:end].lstrip(EDGE)
    if shown := rest.rstrip(EDGE):
        first = end - len(rest)
        segments.append(Segment(len(segments), first, first + len(shown), shown))


@cache
def _candidates(marks: str) -> re.Pattern[str]:
    """The places where a sentence may end; `marks` end sentences as the general ones do.

    One class of characters at the front lets the engine skip to the next candidate quickly.
    """
    marks = _MARKS + marks
    return re.compile(
        rf"[{marks}{_FULL_MARKS}፡\"”“»)]"
        rf"(?:(?<=[{marks}])(?P<rest>[{marks}{_FULL_MARKS}{re.escape(_CLOSERS)}{_DIRECTION}]*)"
        rf"(?P<spaced>(?:[ \xa0\u202f]»(?=\s|\Z|{_NOTE}))?)"
        rf"(?P<note>(?:{_NOTE})*)(?P<more>[{re.escape(_CLOSERS)}{_DIRECTION}]*)(?P<gap>\s*)"
        rf"|(?:(?<=[{_FULL_MARKS}])|(?<=፡፡))"
        rf"(?P<full>[{_MARKS}{_FULL_MARKS}{re.escape(_FULL_CLOSERS)}]*(?:\s?\d{{1,4}}\s?॥)?(?:{_NOTE})*)"
        rf"|(?<=\S[\"”“»)])(?P<closer>)(?=\s)|)"
    )


class _Line:
    """A line and the rules it is cut by; `start` is where the sentence begins that is being read."""

    def __init__(self, text: str, rules: SentenceRules) -> None:
        self.text, self.rules, self.start = text, rules, 0
        self.asides = _asides(text)
        self.own_aside: tuple[int, int] | None = None
        self.numbers = numbered(text, ordinals=rules.ordinals)

    def cuts(self) -> Iterator[int]:
        """The offsets at which a sentence is over, ascending; the last is the length of the line."""
        certain = deque(sorted(self.numbers.union(self._left_out())))
        for match in _candidates(self.rules.marks).finditer(self.text):
            while certain and certain[0] <= match.start():
                self.start = certain.popleft()
                yield self.start
            if self._ends(match) and not self._in_aside(match.start(), match.end()):
                self.start = match.end()
                yield self.start
        yield from certain
        yield len(self.text)

    @cached_property
    def small(self) -> bool:
        """Whether the line does without capitals where sentences begin."""
        letters = _SENTENCE_BEGINNING.findall(self.text)
        return bool(letters) and letters[0].islower() and not any(map(str.isupper, letters))

    @cached_property
    def one_case(self) -> bool:
        """Whether capitals tell nothing in the line."""
        return self.text.isupper() or self.small

    def _left_out(self) -> Iterator[int]:
        """The offsets behind verbs that end a sentence without a stop."""
        predicate = self.rules.predicate
        if not predicate:
            return
        for match in _NEXT_CAPITAL.finditer(self.text):
            space, here = match.span()
            if not _matches(self.text[max(0, space - _VERB) : space].rpartition(" ")[2], predicate):
                continue
            before = re.split(r"[.!?…:;]", self.text[max(0, here - _WINDOW) : here])[-1]
            behind = _UNTIL_STOP.match(self.text, here, here + _WINDOW)
            quoted = not self.rules.tags.isdisjoint(before.split()[-2:])  # "..." diye yazıyor Ali
            words = min(len(before.split()), len(behind.group().split()) if behind else 0)
            if words >= _LEAST_WORDS and not (quoted or self._aside(here)):
                yield here

    def _aside(self, place: int) -> tuple[int, int] | None:
        """The brackets around a place."""
        before = bisect_left(self.asides, (place, place))
        return self.asides[before - 1] if before and place < self.asides[before - 1][1] else None

    def _in_aside(self, stop: int, end: int) -> bool:
        """Whether the mark stands within a parenthesis that is no sentence of its own."""
        aside = self._aside(stop)
        if not aside or aside == self.own_aside:
            return False
        opening, closing = aside
        behind = self.text[closing + 1 : closing + _WINDOW].lstrip(EDGE + _OPENERS)
        stopped = _STOPPED.search(self.text, max(0, closing - 4), closing) is not None
        if stopped and (self.small or not _starts_small(behind)) and self._begins(opening):
            self.own_aside = aside
            return False
        return end <= closing or self.one_case or _caseless(behind)

    def _begins(self, place: int) -> bool:
        """Whether the sentence begins at this place, but for what may open it."""
        return place - self.start < _WINDOW and not self.text[self.start : place].strip(EDGE + _OPENERS)

    def _ends(self, match: re.Match[str]) -> bool:
        """Whether a sentence is over behind the candidate."""
        if match.lastgroup == "full":
            return self.text[match.end() : match.end() + 1] not in _CONTINUES_FULL
        if match.lastgroup == "closer":
            return self._closer_ends(match.start())
        return match.lastgroup == "gap" and self._mark_ends(match)

    def _mark_ends(self, match: re.Match[str]) -> bool:
        """Whether a sentence is over behind a mark that ends sentences only where another one begins."""
        mark, end = self.text[match.start()], match.end()
        following = self.text[end : end + _WINDOW]
        if not following:
            return True
        if end + _WINDOW > len(self.text) and not any(map(str.isalnum, following)):
            return False  # a quotation mark, a smile
        numeral = _BRACKETED.match(following)
        if following[0] in _CONTINUES or (numeral and end + numeral.end() in self.numbers):
            return False
        word = _AFTER_DASH.sub("", following.lstrip(_OPENERS))
        small = _starts_small(word)
        if small and not (self.small or _ITEM.match(following)):
            return False
        if not match["gap"] and not self._glued(match, word):
            return False
        rest = (match["rest"] + match["spaced"] + match["more"]).strip(_DIRECTION)
        spaced = match.start() > 1 and self.text.startswith(". .", match.start() - 2)
        if mark == "…" or (mark == "." and (rest.startswith(".") or spaced)):
            return not (self.one_case or small or _caseless(word))
        if mark in ".۔" and (not rest or (_caseless(word) and not rest.strip(_CLOSERS))):
            return self._stop_ends(match, word)
        told = (rest and rest[-1] != ".") or following[0] in _DASHES
        return not (told and mark != "." and self._says(word))

    def _glued(self, match: re.Match[str], word: str) -> bool:
        """Whether a sentence begins at once behind the mark, rather than that a name or a number goes on."""
        stop, end = match.start(), match.end()
        begins, before = _BEGINNING.match(word), self.text[max(0, stop - _WINDOW) : stop]
        if begins is None:
            return False
        first, whole = begins[1], begins.group()
        address = before.rpartition(" ")[2] + self.text[stop : end + _WINDOW].partition(" ")[0]
        if _ADDRESS.search(address) and not (before[-1:].isascii() and _caseless(first)):
            return False
        ordinary = first[1:].islower() or first.isupper()  # neither "iPhone" nor "writeLine("
        if not _caseless(first) and not (ordinary and _WORD_END.match(word, begins.end())):
            return False
        if first.lower() in self.rules.suffixes:
            return False
        closers = (match["rest"] + match["spaced"] + match["more"]).strip(_DIRECTION)
        family = next((family for family in _QUOTES if closers and closers[-1] in family), "")
        if family and sum(map(self.text[max(self.start, stop - _QUOTATION) : end].count, family)) % 2:
            return False  # it opens what follows
        if match["rest"][:1] == "." or self.text[stop] == "…":
            return False  # an ellipsis stands for words as often as between sentences
        if match["note"] or closers or self.text[stop] not in ".۔":
            return True
        return self._stop_glued(stop, first, whole)

    def _stop_glued(self, stop: int, first: str, whole: str) -> bool:
        """Whether the words on both sides of a full stop look like the end and the beginning of a sentence.

        `first` are the letters of the `whole` word behind it.
        """
        token, before = self._token(stop), self.text[stop - 1 : stop]
        apart = before.isspace() or (not token and before in _QUOTATION_MARKS)
        if _caseless(first):
            known = len(first) > 1 or first == "و"
            return (len(token) > 1 or apart) and known and not _UNSPACED.match(first)
        if whole in self.rules.starters and (len(first) > 1 or token.islower()):
            return True
        if first.islower():
            likely = len(first) > 3 or self._lists(first, self.rules.starters)
            return self.small and token.isalpha() and len(token) > 2 and likely
        if len(whole) == 1 or not token:
            return apart and first[1:].islower()
        if first.isupper() and token.isupper():  # nothing is said by capitals among capitals
            before = self.text[max(self.start, stop - _WINDOW) : stop]
            return len(token) > 2 and not any(map(str.islower, before))
        if token.isdecimal():
            return 1 < len(token) < 5
        if _FIGURE.fullmatch(token):
            return first[1:].islower()
        return token.isalpha() and ((token.islower() and len(token) > 1) or len(token) > 4)

    def _stop_ends(self, match: re.Match[str], following: str) -> bool:
        """Whether a single full stop ends a sentence, given the text that follows it."""
        stop, rules = match.start(), self.rules
        before = self.text[max(self.start, stop - _WINDOW) : stop]
        token = self._token(stop)
        if stop - self.start < _WINDOW and (_ENUMERATOR.match(before) or self._heads(before)):
            return False
        if self._lists(token, rules.numbered) and (
            following[:1].isdigit() or match["note"][:1].isdecimal() or _ROMAN_NUMBER.match(following)
        ):
            return False
        last = _PARTED.split(token)[-1]  # of "Prof.Dr" and "Priv.-Doz"
        never = self._lists(token, rules.never) or (len(last) > 1 and self._lists(last, rules.never))
        if never and not (len(token) == 1 and _AFTER_NUMBER.search(before[:-1])):
            return False
        ordinal = rules.ordinals and self._is_ordinal(token, before)
        if not (never or ordinal or self._abbreviates(token, before)):
            # the number in "ARCoV.2" and "p.2" is no footnote's
            noted = len(token) > 2 and (token[1:] == token[1:].lower() or token.isupper())
            return noted or not match["note"][:1].isdecimal()
        word = _WORD.match(following)
        starts = word is not None and word.group() in rules.starters and not _INITIAL.match(following)
        # where capitals tell nothing, what follows an abbreviation goes on as a rule
        return starts and (ordinal or not self.one_case)

    def _token(self, stop: int) -> str:
        """The word before the stop, without brackets and quotation marks."""
        backwards = self.text[max(self.start, stop - _WINDOW) : stop][::-1].lstrip(_DIRECTION)
        found = _TOKEN_BACKWARDS.match(backwards)
        return found.group()[::-1] if found else ""

    def _lists(self, token: str, words: frozenset[str]) -> bool:
        """Whether the words have the token, "and" joined to it or not; among small letters in any case."""
        token = next((token[len(c) :] for c in self.rules.clitics if token.startswith(c)), "") or token
        return token in words or (token.lower() in _lowered(words) and self.small)

    def _heads(self, before: str) -> bool:
        """Whether this is all a heading with its number, as in "Article 5."."""
        headed, rules = _HEADED.match(before), self.rules
        known = (rules.headings, rules.numbered)
        if headed is not None and any(self._lists(headed["heading"], words) for words in known):
            return True
        heading, _, number = before.strip(EDGE + _OPENERS).partition(" ")
        return self._lists(number, rules.numerals) and self._lists(heading, rules.headings)

    def _abbreviates(self, token: str, before: str) -> bool:
        """An abbreviation that may end a sentence, an initial, an acronym, a year with its era ("1910m")."""
        rules, unit = self.rules, _AMOUNT.sub("", token, count=1)
        if self._lists(unit, rules.closing):
            return self.one_case
        if self._lists(unit, rules.may) or (len(unit) == 1 and self._lists(unit, rules.never)):
            return True
        if _ACRONYM.match(token) or (rules.abbreviation and rules.abbreviation.fullmatch(token)):
            return True
        cased = token.upper() != token.lower() and not _SHORTENED.search(before)
        return len(token) == 1 and (cased or unicodedata.bidirectional(token) in ("R", "AL"))

    def _is_ordinal(self, token: str, before: str) -> bool:
        """Whether the word before the stop, the last one of `before`, is "3" for third, or "III"."""
        if not token.isdecimal() or len(token) > 3:
            return bool(_ROMAN.match(token)) and (token.isupper() or len(token) > 1)
        previous = before[: len(before) - len(token)].rstrip(" .\xa0").rpartition(" ")[2]
        rules = self.rules
        return not any(self._lists(previous, w) for w in (rules.amounts, rules.numbered, rules.headings))

    def _closer_ends(self, closer: int) -> bool:
        """Whether a closing quotation mark or bracket with no stop before it ends a sentence.

        In scripts with case both do before a word that starts sentences, but a bracket not where the
        sentence began with it, or it holds a number, a letter or words in small letters. Without case a
        bracket does before such a word if it is a credit, "(AA/Jane Doe)", a quotation if it is of some
        length and a colon introduced it, unless "and" goes on or a verb of saying belongs to it. A quotation
        also does where the next one opens at once.
        """
        following = self.text[closer + 1 : closer + _WINDOW].lstrip()
        word = _WORD.match(following)
        starts = word is not None and word.group() in self.rules.starters
        if self.text[closer] == ")":
            opening = self.text.rfind("(", max(self.start, closer - _ASIDE), closer)
            inside = self.text[opening:closer] if opening >= 0 and not self._begins(opening) else ""
            told = "/" in inside if _caseless(following) else word is not None and word.group() != "I"
            return starts and told and len(inside) > _ENUMERATION and not inside[1].islower()
        joined = following.startswith("و")
        if starts and not _caseless(following):
            return self.text[closer - 1] not in ",،"
        if following.startswith(_OPENING_QUOTES):
            return not following[1:2].isspace()
        if not _caseless(following) or (joined and not starts) or self._says(following):
            return False
        return bool(_INTRODUCED.search(self.text[max(self.start, closer - _QUOTATION) : closer]))

    def _says(self, following: str) -> bool:
        """Whether it is said next who said it: '"Why?" she asked', but not '"Why?" The man asked'."""
        rules, words = self.rules, re.findall(r"\w+", following)[:3]
        begins = words and words[0] in rules.starters and words[0][0].isupper() and words[0] != "I"
        if begins and not self.one_case:
            return False
        return bool(words) and (words[0] in rules.tags or any(word in rules.saying for word in words))


@lru_cache(maxsize=1 << 14)
def _matches(word: str, pattern: str) -> bool:
    return re.search(pattern, word) is not None


@cache
def _lowered(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(str.lower, words))


def _asides(text: str) -> list[tuple[int, int]]:
    """The offsets of the outermost pairs of brackets of a line, ascending, but for very long ones."""
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for bracket in _BRACKETS.finditer(text):
        if bracket.group() in "([（":
            opened.append(bracket.start())
        elif opened and bracket.start() - (opening := opened.pop()) < _ASIDE:
            while found and found[-1][0] > opening:
                found.pop()
            found.append((opening, bracket.start()))
    return found


def _starts_small(word: str) -> bool:
    """A lower-case beginning, other than names such as "iPhone"."""
    return word[:1].islower() and not word[1:2].isupper()


def _caseless(word: str) -> bool:
    """A beginning in a script that has no case, such as Arabic."""
    return unicodedata.category(word[0]) == "Lo" if word else False
