"""A story in two languages, and an unrelated one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from polyalign import (
    Bitext,
    Document,
)

ENGLISH = [
    "The old lighthouse on the northern cape was switched off in 1987.",
    "For three decades nobody lived there but gulls.",
    "Last spring a baker from the village bought it for a symbolic price.",
    "She wants to open a small hotel with nine rooms.",
    "Engineers first had to check whether the tower was safe.",
    "They found cracks in the foundation, but no serious damage.",
    "The repairs will cost about 400,000 euros.",
    "Half of the money comes from a regional fund.",
    "Fishermen fear that visitors will disturb the seals.",
    "The mayor promised a path that leads around the colony.",
    "A museum about shipwrecks is planned on the ground floor.",
    "If all goes well, the lamp will shine again in June.",
]


TURKISH = [
    "Kuzey burnundaki eski deniz feneri 1987'de söndürülmüştü.",
    "Otuz yıl boyunca orada martılardan başka kimse yaşamadı.",
    "Geçen bahar köyden bir fırıncı feneri sembolik bir fiyata satın aldı.",
    "Dokuz odalı küçük bir otel açmak istiyor.",
    "Mühendisler önce kulenin güvenli olup olmadığını incelemek zorunda kaldı.",
    "Temelde çatlaklar buldular, ama ciddi bir hasar yoktu.",
    "Onarım yaklaşık 400.000 avroya mal olacak.",
    "Paranın yarısı bölgesel bir fondan geliyor.",
    "Balıkçılar ziyaretçilerin fokları rahatsız etmesinden korkuyor.",
    "Belediye başkanı koloninin çevresinden dolaşan bir yol sözü verdi.",
    "Giriş katında gemi enkazları hakkında bir müze planlanıyor.",
    "Her şey yolunda giderse lamba haziranda yeniden yanacak.",
]


UNRELATED = [
    "Der Trainer wechselte zur Halbzeit drei Spieler aus.",
    "Im Labor messen Chemiker den Säuregehalt von Joghurt.",
    "Das Orchester stimmte seine Geigen vor dem Konzert.",
    "Die Aktien des Autoherstellers verloren sechs Prozent.",
    "Ein Gericht sprach den Angeklagten vom Betrug frei.",
    "Neue Software erkennt Rechtschreibfehler in Echtzeit.",
    "Kamele können wochenlang ohne Wasser auskommen.",
    "Der Gletscher schrumpft jedes Jahr um zwanzig Meter.",
    "Grundschüler lernen jetzt schon in der ersten Klasse Noten.",
    "Das Parlament stimmt am Dienstag über die Steuerreform ab.",
]


def document(segments: Sequence[str], language: str | None) -> Document:
    return Document.from_segments(segments, language=language)


def beads_of(bitext: Bitext) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    return {(bead.source, bead.target) for bead in bitext.beads}


DIAGONAL = {((k,), (k,)) for k in range(12)}


@pytest.fixture(params=["lighthouse", "baku"])
def bitext(request: pytest.FixtureRequest) -> Bitext:
    name = "baku_bitext" if request.param == "baku" else request.param
    found: Bitext = request.getfixturevalue(name)
    return found
