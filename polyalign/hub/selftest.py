"""Whether a model translates at all: one known sentence in, and what is wrong with what comes out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from polyalign.errors import PolyalignError
from polyalign.folding import comparable
from polyalign.routing import RegistryEntry, Route
from polyalign.tags import primary
from polyalign.translation.scripts import share_in_script

# "The library in the old town opens at nine and closes in the evening."
SENTENCES = {
    "ar": "تفتح المكتبة في المدينة القديمة أبوابها في التاسعة وتغلق في المساء.",
    "cs": "Knihovna ve starém městě otevírá v devět a zavírá večer.",
    "de": "Die Bibliothek in der Altstadt öffnet um neun und schließt am Abend.",
    "en": "The library in the old town opens at nine and closes in the evening.",
    "es": "La biblioteca del casco antiguo abre a las nueve y cierra por la noche.",
    "fa": "کتابخانهٔ شهر قدیم ساعت نه باز می‌شود و عصر بسته می‌شود.",
    "fr": "La bibliothèque de la vieille ville ouvre à neuf heures et ferme le soir.",
    "he": "הספרייה בעיר העתיקה נפתחת בתשע ונסגרת בערב.",
    "hi": "पुराने शहर का पुस्तकालय नौ बजे खुलता है और शाम को बंद होता है।",
    "id": "Perpustakaan di kota tua buka pukul sembilan dan tutup pada malam hari.",
    "it": "La biblioteca della città vecchia apre alle nove e chiude la sera.",
    "ja": "旧市街の図書館は九時に開き、夕方に閉まります。",
    "ko": "구시가지의 도서관은 아홉 시에 열고 저녁에 닫습니다.",
    "nl": "De bibliotheek in de oude stad gaat om negen uur open en sluit 's avonds.",
    "pl": "Biblioteka na starym mieście otwiera się o dziewiątej i zamyka wieczorem.",
    "pt": "A biblioteca da cidade velha abre às nove e fecha à noite.",
    "ru": "Библиотека в старом городе открывается в девять и закрывается вечером.",
    "tr": "Eski şehirdeki kütüphane dokuzda açılıyor ve akşam kapanıyor.",
    "uk": "Бібліотека у старому місті відчиняється о дев'ятій і зачиняється ввечері.",
    "ur": "پرانے شہر کا کتب خانہ نو بجے کھلتا ہے اور شام کو بند ہوتا ہے۔",
    "zh": "老城的图书馆九点开门，晚上关门。",
}
_NEUTRAL = "Ankara 2024"  # where there is no sentence in the language; a copy of it is no mistake

_SHARE = 0.7  # of the letters that must be in the script of the target language
_LOOP = re.compile(r"([^\W\d].{0,60}?)\1{3,}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Trial:
    """A known sentence and what the model made of it."""

    pair: str
    code: str | None
    text: str
    output: str


def flaw(text: str, output: str, target: str) -> str:
    """What is wrong with the output for this text, in words; "" where nothing is."""
    if not output.strip():
        return "it gives nothing back"
    if _LOOP.search(f"{output} "):
        return "it repeats itself"
    if text in SENTENCES.values() and _letters(text) == _letters(output):
        return "it gives the text back untranslated"
    if text != _NEUTRAL and share_in_script(output, target) < _SHARE:
        return f"it does not write {target}"
    return ""


def try_out(folder: Path, pair: RegistryEntry) -> Trial:
    """What the model in the folder makes of the known sentence of the pair's source language.

    Raises PolyalignError with what is wrong where it is no translation.
    """
    from polyalign.translation import open_translator

    text = SENTENCES.get(primary(pair.source), _NEUTRAL)
    named = pair.source, pair.target, pair.repository
    where = Route(*named, target_code=pair.code, licence=pair.licence, location=folder)
    try:
        output = open_translator(where, memory=False).translate([text])[0].text
        wrong = flaw(text, output, pair.target)
    except PolyalignError as error:
        wrong = str(error).rstrip(".")
    if wrong:
        raise PolyalignError(
            f"{pair.repository} failed its self-test for {pair.name} ({wrong}): "
            f"do not use it, and remove it with: polyalign models rm {pair.repository}"
        )
    return Trial(pair.name, pair.code, text, output)


def _letters(text: str) -> str:
    return "".join(c for c in comparable(text) if c.isalnum())
