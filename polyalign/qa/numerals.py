"""The words that languages have for numbers: "forty thousand", "أربعين ألف", "kırk bin"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby

from polyalign.qa.texts import folded

# A value and its words; a star stands for any ending. "half" and the like are told as what they are of one.
_WORDS = {
    "en": """
        0 zero nil none nought|1 one once first single|2 two second seconds twice both pair couple double
        3 three third thirds thrice triple trio|4 four fourth quarter quarters|5 five fifth fifths
        6 six sixth|7 seven seventh|8 eight eighth|9 nine ninth|10 ten tenth tens decade*
        11 eleven eleventh|12 twelve twelfth dozen dozens|13 thirteen*|14 fourteen* fortnight
        15 fifteen* quarter|16 sixteen*|17 seventeen*|18 eighteen*|19 nineteen*|20 twent*
        30 thirty thirties thirtieth|40 fort*|50 fift*|60 sixt*|70 sevent*|80 eight*|90 ninet*
        100 hundred*|1000 thousand* millennium|1000000 million* mn mln|1000000000 billion* bn bln
        1000000000000 trillion* tn|0.5 half|0.25 quarter|1 january jan|2 february feb|3 march mar
        4 april apr|5 may|6 june jun|7 july jul|8 august aug|9 september sept sep|10 october oct
        11 november nov|12 december dec|25 quarter|50 half|30 half""",
    "ar": """
        0 صفر|1 واحد واحده احد احدي اول اولي مره
        2 اثنان اثنين اثنتان اثنتين اثنا اثني اثنتا اثنتي ثان ثاني
        2 ثانيه ثانيا مرتين مرتان كلا كلتا زوج ضعف|3 ثلاث ثلاثه ثالث ثالثه ثلث ثلثي ثلثا|4 اربع اربعه رابع
        4 رابعه ربع|5 خمس خمسه خامس خامسه|6 ست سته سادس سادسه|7 سبع سبعه سابع سابعه|8 ثمان ثماني ثمانيه
        8 ثامن ثامنه|9 تسع تسعه تاسع تاسعه|10 عشر عشره عاشر عاشره عشرات عقد عقود
        20 عقدين عقدان عشرون عشرين عشرينات عشرينيات|30 ثلاثون ثلاثين ثلاثينات ثلاثينيات
        40 اربعون اربعين اربعينات اربعينيات|50 خمسون خمسين خمسينات خمسينيات|60 ستون ستين ستينات ستينيات
        70 سبعون سبعين سبعينات سبعينيات|80 ثمانون ثمانين ثمانينات ثمانينيات
        90 تسعون تسعين تسعينات تسعينيات|100 مئه مائه مئات|200 مئتان مئتين مائتان مائتين مئتي مائتي
        300 ثلاثمئه ثلاثمائه|400 اربعمئه اربعمائه|500 خمسمئه خمسمائه|600 ستمئه ستمائه|700 سبعمئه سبعمائه
        800 ثمانمئه ثمانمائه ثمانيمائه|900 تسعمئه تسعمائه|1000 الف الاف الفا الفه
        2000 الفان الفين الفي الفا|1000000 مليون ملايين مليونا|2000000 مليونان مليونين مليوني
        1000000000 مليار مليارات مليارا بليون بلايين|2000000000 ملياران مليارين ملياري
        1000000000000 تريليون ترليون تريليونات|0.5 نصف|0.25 ربع|50 نصف|30 نصف|15 ربع|25 ربع|1 يناير
        2 فبراير شباط|3 مارس اذار|4 ابريل نيسان|5 مايو ايار|6 يونيو حزيران|7 يوليو تموز|8 اغسطس اب
        9 سبتمبر ايلول|10 اكتوبر|11 نوفمبر|12 ديسمبر دزينه دسته""",
    "tr": """
        0 sıfır*|1 bir birinci* ilk tek|2 iki* çift*|3 üç*|4 dört* dörd* çeyrek*|5 beş*|6 altı*|7 yedi*
        8 sekiz*|9 dokuz*|10 on onu onuncu* onlarca onda ondan onar onlu|12 düzine*|20 yirmi*|30 otuz*
        40 kırk*|50 elli*|60 altmış*|70 yetmiş*|80 seksen*|90 doksan*|100 yüz yüzü yüzüncü* yüzlerce
        1000 bin bini bine binden binin bininci* binlerce binlik binde|1000000 milyon* mn mln
        1000000000 milyar* mr|1000000000000 trilyon*|0.5 yarım* yarı* buçuk*|50 yarı*|30 buçuk* yarım*
        0.25 çeyrek*|25 çeyrek*|1 ocak*|2 şubat*|3 mart*|4 nisan*|5 mayıs*|6 haziran*|7 temmuz*|8 ağustos*
        9 eylül*|10 ekim*|11 kasım*|12 aralık* aralığ*""",
    "de": """
        0 null|1 ein eins eine einen einer einem erst*|2 zwei* beide* paar|3 drei* dritt*|4 vier* viertel
        5 fünf*|6 sechs*|7 sieben* siebt*|8 acht*|9 neun*|10 zehn* jahrzehnt*|11 elf*|12 zwölf* dutzend*
        13 dreizehn*|14 vierzehn*|15 fünfzehn*|16 sechzehn*|17 siebzehn*|18 achtzehn*|19 neunzehn*
        20 zwanzig*|30 dreißig* dreissig*|40 vierzig*|50 fünfzig*|60 sechzig*|70 siebzig*|80 achtzig*
        90 neunzig*|100 hundert*|1000 tausend* tsd|1000000 million* mio|1000000000 milliarde* mrd
        1000000000000 billion* bio|0.5 halb*|1.5 anderthalb*|1 januar|2 februar|3 märz|4 april|5 mai
        6 juni|7 juli|8 august|9 september|10 oktober|11 november|12 dezember|50 hälfte|30 halb*""",
    "fr": """
        0 zéro|1 un une premi*|2 deux* second* double|3 trois* tiers|4 quatre quatrième* quart
        5 cinq cinqui*|6 six sixième*|7 sept septième*|8 huit*|9 neuf neuvième*
        10 dix dixième* dizaine* décenni*|11 onz*|12 douz*|13 treiz*|14 quatorz*|15 quinz*|16 seiz*
        20 vingt*|30 trent*|40 quarant*|50 cinquant*|60 soixant*|80 quatre-vingt*|90 quatre-vingt-dix
        100 cent cents centaine*|1000 mille milliers millier millénaire|1000000 million*
        1000000000 milliard* mds md|0.5 demi*|0.5 moitié|50 moitié|30 demi*|1 janvier|2 février|3 mars
        4 avril|5 mai|6 juin|7 juillet|8 août|9 septembre|10 octobre|11 novembre|12 décembre""",
    "es": """
        0 cero|1 un uno una primer*|2 dos segund* ambos ambas doble|3 tres tercer* tercio*|4 cuatro cuart*
        5 cinco quint*|6 seis sext*|7 siete séptim*|8 ocho octav*|9 nueve noven*
        10 diez décim* decena* década*|11 once|12 doce docena*|13 trece|14 catorce|15 quince|16 dieciséis
        17 diecisiete|18 dieciocho|19 diecinueve|20 veint*|30 treint*|40 cuarent*|50 cincuent*|60 sesent*
        70 setent*|80 ochent*|90 novent*|100 cien ciento cientos|200 doscient*|300 trescient*
        400 cuatrocient*|500 quinient*|600 seiscient*|700 setecient*|800 ochocient*|900 novecient*
        1000 mil miles|1000000 millón millones|1000000000000 billón billones|0.5 medi* mitad|50 mitad
        30 medi*|1 enero|2 febrero|3 marzo|4 abril|5 mayo|6 junio|7 julio|8 agosto|9 septiembre|10 octubre
        11 noviembre|12 diciembre""",
    "ru": """
        0 ноль нул*|1 один одн* перв*|2 два две двух двум двумя двое втор* оба обе пара
        3 три трех трех трем тремя|3 трое трет*|4 четыр* четвер* четверт*|5 пять пят*|6 шест*
        7 семь семи сем* седьм*|8 восемь восьм*|9 девят*|10 десят* десятилети*|11 одиннадцат*
        12 двенадцат* дюжин*|13 тринадцат*|14 четырнадцат*|15 пятнадцат*|16 шестнадцат*|17 семнадцат*
        18 восемнадцат*|19 девятнадцат*|20 двадцат*|30 тридцат*|40 сорок*|50 пятьдесят* пятидесят*
        60 шестьдесят* шестидесят*|70 семьдесят* семидесят*|80 восемьдесят* восьмидесят*|90 девяност*
        100 сто ста сотн* сотен|200 двести двухсот|300 триста|300 трехсот|400 четыреста|500 пятьсот
        600 шестьсот|700 семьсот|800 восемьсот|900 девятьсот|1000 тысяч* тыс|1000000 миллион* млн
        1000000000 миллиард* млрд|1000000000000 триллион* трлн|0.5 половин* пол|50 половин*|30 половин*
        1.5 полтор*|1 январ*|2 феврал*|3 март*|4 апрел*|5 май мая|6 июн*|7 июл*|8 август*|9 сентябр*
        10 октябр*|11 ноябр*|12 декабр*""",
    "zh": """
        0 〇 零|1 一 首|2 二 两 兩 双|3 三|4 四|5 五|6 六
        7 七|8 八|9 九|10 十|100 百|1000 千
        10000 万 萬|100000000 亿 億|0.5 半""",
    "ko": """
        1 한 하나|2 두 둘|3 세 셋|4 네 넷|5 다섯*|10 열|100 백*
        1000 천*|10000 만*|100000000 억*|1000000000000 조*""",
}
_WORDS["ja"] = _WORDS["zh"]
_THOROUGH = frozenset(_WORDS) - {"ko"}
BY_THE_LETTER = frozenset({"ja", "ko", "zh"})  # where a number word is one letter
_AND = {"ar": "", "en": "and", "es": "y", "fr": "et", "de": "und"}
_CLITICS = re.compile("^[وف]?(?:[بكل]?(?:ال|ل)?)(?=..)")
_PIECE = re.compile(r"[〇零一首二两兩双三四五六七八九十百千万萬亿億半]|[^\W\d_]+")
_ROMAN = re.compile(r"\b(?=[XVI]{2,}\b|[VX]\b)(X{0,3})(IX|IV|V?I{0,3})\b")
_LARGEST_UNIT = 99  # what is larger multiplies what stands before it


def knows(language: str) -> bool:
    """Whether all the common words for numbers of a language are known."""
    return language in _THOROUGH


@cache
def _table(language: str) -> dict[str, list[float]]:
    table: dict[str, list[float]] = {}
    for line in re.split(r"\||\n", _WORDS.get(language, "")):
        value, *forms = line.split() or [""]
        for form in forms:
            table.setdefault(folded(form, language), []).append(float(value))
    return table


@lru_cache(maxsize=50_000)
def values(word: str, language: str) -> tuple[float, ...]:
    """The numbers that a folded word may stand for, most often none."""
    table = _table(language)
    if language == "ar":
        bare = word[1:] if word[:1] in "وف" else word
        word = next((form for form in (word, bare, _CLITICS.sub("", word)) if form in table), "")
    longest = next((k for k in range(len(word), 0, -1) if f"{word[:k]}*" in table), 0)
    return tuple(table.get(word) or table.get(f"{word[:longest]}*") or ())


def scale(word: str, language: str) -> float:
    """What a word after a figure multiplies it by: 1000 for "thousand", 1 for most words."""
    return next((value for value in values(word, language) if value >= 1000), 1.0)


def spelled(text: str, language: str) -> frozenset[float]:
    """All numbers that words of a folded text may spell, the parts of each number with them."""
    if language not in _WORDS:
        return frozenset()
    found: set[float] = set()
    for run in _runs(text, language):
        found |= {value for choices in run for value in choices}
        found.add(
            _composed([choices[0] for choices in run], 9 if language in BY_THE_LETTER else _LARGEST_UNIT)
        )
    return frozenset(found)


def _runs(text: str, language: str) -> Iterator[list[tuple[float, ...]]]:
    """The numbers that neighbouring words spell; a word for "and" between two does not part them."""
    for stretch in re.split(r"[.,;:،؛()\d]+", text):
        pieces = [w for w in _PIECE.findall(stretch) if w != _AND.get(language)]
        known = [values(piece, language) for piece in pieces]
        yield from (list(run) for some, run in groupby(known, key=bool) if some)


def _composed(parts: Sequence[float], largest_unit: float) -> float:
    """The number that its parts make: two hundred fifty thousand is 250000."""
    held: list[float] = []
    for part in parts:
        if part > largest_unit:
            low = sum(value for value in held if value < part)
            held = [value for value in held if value >= part]
            part *= low or 1
        held.append(part)
    return round(sum(held), 6)


def roman(text: str) -> frozenset[float]:
    """The Roman numbers from II to XXXIX, and V and X, in a text that is not folded."""
    found = (_ROMAN.finditer(text)) if "I" in text or "V" in text or "X" in text else ()
    return frozenset(float(_roman(match[1], match[2])) for match in found)


def _roman(tens: Iterable[str], units: str) -> int:
    small = {"": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}
    return 10 * len(list(tens)) + small[units]
