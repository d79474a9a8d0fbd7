"""The bitexts, texts and strategies that the tests of the formats share, and what they must satisfy."""

from dataclasses import replace

from hypothesis import strategies as st

from polyalign.bitext import Bitext
from polyalign.parts import Bead, Document, Review, Segment, Side

ARABIC = (
    "أعلنت بلدية المدينة الساحلية أن أعمال ترميم الجسر القديم ستنتهي قبل حلول الشتاء.\n"
    "وقال رئيس البلدية إن المهندسين استبدلوا الأعمدة الحجرية التي تضررت من الفيضان، "
    "وإن الحركة ستعود تدريجيا.\n"
    "هل تكفي الميزانية؟ يجيب المتحدث: نعم؛ فقد خصص المجلس 12 مليون دينار لهذا الغرض.\n"
)
TURKISH = (
    "Kıyı kentinin belediyesi, eski köprünün onarımının kış gelmeden biteceğini açıkladı.\n"
    "Başkan, mühendislerin selde zarar gören taş ayakları değiştirdiğini ve trafiğin yavaş yavaş açılacağını "
    "söyledi.\nİşçiler “gece gündüz” çalışıyor; bütçe ise 12 milyon lira.\n"
)
FRENCH = (
    "La mairie a annoncé que le pont rouvrira bientôt. Où passeront les élèves ? « Ça dépend », dit-elle.\n"
)
SPANISH = (
    "El alcalde anunció que el puente reabrirá mañana. ¿Cuántos años duró la obra? Según él, más de diez.\n"
)
POLISH = (
    "Prezydent miasta ogłosił, że most zostanie wkrótce otwarty. "
    "Sześć łuków już stoi, brakuje jeszcze źródeł.\n"
)
RUSSIAN = (
    "Мэр города объявил, что мост скоро откроют. Рабочие заменили каменные опоры, пострадавшие от паводка.\n"
)
PERSIAN = (
    "شهردار گفت پل قديمي به زودي باز مي شود و پنج هزار نفر هر روز از آن مي گذرند. "
    "کارگران شب و روز کار مي کنند.\n"
)
CHINESE = "市长宣布，这座古桥将在冬天到来之前重新开放。工人们更换了被洪水损坏的石柱，交通将逐步恢复。\n"


def side(language: str, texts: list[str], path: str | None = None, **boilerplate: str) -> Side:
    """A side of these segments; `s1="caption"` marks segment 1 as a caption."""
    placed = Document.from_segments(texts).segments or ()
    marked = (Segment(s.id, s.start, s.end, s.text, boilerplate.get(f"s{s.id}", "")) for s in placed)
    return Side(language, tuple(marked), path)


def harbour() -> Bitext:
    """A small comparable pair, Arabic and English: crossing beads, a caption, unaligned segments."""
    source = [
        "وصل الوزير إلى المدينة صباح الاثنين.",
        "صورة: وكالة",
        "قال الوزير إن 14 سفينة عبرت المضيق، وهو رقم لم يُسجَّل منذ عشر سنوات (https://example.org/a/very/long/path).",
        'ولم يعلّق المتحدث باسم "Blue Line" على الخبر.',
    ]
    target = [
        "No vessel had been stopped, the speaker of Blue Line & Sons added.",
        "Fourteen ships crossed the strait, the minister said.",
        "Such a number\thas not been\x07 seen in ten years.",
        "The minister arrived on Monday.",
        "It rained all day.",
    ]
    beads = (
        Bead((0,), (3,), 0.97),
        Bead((2,), (1, 2), 0.913, evidence={"cosine": 0.5}),
        Bead((3,), (0,), 0.42, overlap=True),
    )
    arabic = side("ar", source, "ar.txt", s1="caption")
    return Bitext(arabic, side("en", target, "news/en.txt"), beads, signature="polyalign 0.1.0 | test")


def reviewed_harbour() -> Bitext:
    """The same pair after somebody looked at it: all states, comments of several lines, two flags."""
    base = harbour()
    asked = Review(
        "needs-review",
        "هل الرقم صحيح؟\nthe source says 14",
        ("numbers: 14 is only in the source", "names: Blue Line"),
    )
    reviews = Review("confirmed"), asked, Review("rejected")
    segments = list(base.source.segments)
    segments[1] = replace(segments[1], review=Review("rejected", "a caption of the photo"))
    beads = (replace(b, review=r, overlap=False) for b, r in zip(base.beads, reviews, strict=True))
    return replace(base, source=replace(base.source, segments=tuple(segments)), beads=tuple(beads))


_TEXT = st.text(max_size=30) | st.sampled_from(
    ["الجسر القديم", "古桥重新开放", "e\u0301te\u0301", "\u202eabc", "=1+1"]
)


@st.composite
def bitexts(draw: st.DrawFn) -> Bitext:
    """Any two short sides in any two languages, and beads that share no segment."""
    sides = [
        side(draw(st.sampled_from(["ar", "en", "zh-Hans", "und"])), draw(st.lists(_TEXT, max_size=8)), path)
        for path in (None, "a\x1b[2J.txt")
    ]
    free = [draw(st.permutations(range(len(s.segments)))) for s in sides]
    beads = []
    for _ in range(draw(st.integers(0, 3))):
        groups = [
            tuple(sorted(ids.pop() for _ in range(min(len(ids), draw(st.integers(1, 2)))))) for ids in free
        ]
        if all(groups):
            beads.append(Bead(groups[0], groups[1], draw(st.floats(0, 1)), draw(st.booleans())))
    return Bitext(sides[0], sides[1], tuple(beads), draw(st.sampled_from(["parallel", "comparable"])))
