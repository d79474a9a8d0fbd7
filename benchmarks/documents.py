"""Which documents tell the same story: does polyalign find the counterpart of each among all others?

usage: python benchmarks/documents.py [--sets PATTERN] [--shared DIR] [--json FILE]

A set is two heaps of documents, one for each language. In the sets of ../shared/bench every document is
to find its own among the 41 of the other side; the hardest also with half of the documents alone (half),
and among hundreds of others (among). All other sets are made up here of stories that exist in both
languages, sentence by sentence:

full        whole stories
cut         stories cut into pieces of about six sentences, so that the next piece of the same story is a
            distractor; of either side up to 60 % of the sentences are gone, what is left is shuffled, 15 %
            are joined with the next one, and up to 30 % are foreign, half of these the most similar ones of
            other stories; four documents in ten have no counterpart
half        the same with whole stories, half of whose documents have no counterpart
foreign     with up to 50 % foreign sentences
many        with pieces of encyclopaedias, questions and papers on one epidemic besides the news
versions    three in ten stories have two or three versions on a side, any of which is right
daily       with reports on quakes, markets and matches, which differ in numbers and names only

recall@1: of the documents that have a counterpart, on both sides, those whose best candidate is one.
Precision, recall, F1: of the pairs that `paired` gives by default. Recall counts documents of the
smaller side of each story; near duplicates, which polyalign groups, count once. ECE: of the scores of
all pairs that are the best of both their documents.

The weights are fitted on other mixtures of these stories. weights.json says how well the fit does on
stories and on languages that it has not seen.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import chain
from json import loads
from pathlib import Path
from typing import TypeAlias

import numpy as np
from common import SHARED, decimals, markdown, save, say
from numpy.typing import NDArray

from polyalign.corpus.bags import Bag
from polyalign.corpus.documentpairs import candidates, judgement, paired
from polyalign.corpus.duplicates import groups, shingles
from polyalign.corpus.evidence import evidence
from polyalign.corpus.ingestion import names_in
from polyalign.encoders import load
from polyalign.spelling import numbers

Told: TypeAlias = list[tuple[str, Sequence[str]]]  # documents: the story of each, and its sentences

HEAD = ("set", "documents", "stories", "recall@1", "precision", "recall", "F1", "ECE")
KINDS = ("tico19", "xquad", "ud-pud")
LONGEST = 1_500  # characters of a sentence
NEWS_LANGUAGES = ("ar", "tr", "en", "de", "ru")
PAIRS = (("ar", "en"), ("tr", "en"), ("ar", "tr"), ("de", "ru"))
MORE_PAIRS = (("de", "en"), ("ar", "ru"))


@dataclass(frozen=True)
class Story:
    """Sentences that translate each other, by language."""

    name: str
    told: Mapping[str, Sequence[str]]

    def pieces(self, length: int) -> Iterator[Story]:
        """The story cut into parts of about so many sentences; 0 leaves it whole."""
        total = len(next(iter(self.told.values())))
        count = max(1, total // length) if length else 1
        for k in range(count):
            part = slice(k * total // count, (k + 1) * total // count)
            yield Story(f"{self.name}#{k}", {lang: lines[part] for lang, lines in self.told.items()})


@dataclass(frozen=True)
class Recipe:
    """How a set is made of stories: shares from 0 to 1, and `cut`, the sentences of a piece."""

    name: str
    languages: tuple[str, str]
    seed: int
    drop: float = 0.6
    foreign: float = 0.3
    alone: float = 0.4
    joined: float = 0.15
    cut: int = 0
    versions: float = 0.0

    @property
    def set_name(self) -> str:
        """As in "cut.ar-en"."""
        return f"{self.name}.{'-'.join(self.languages)}"


@dataclass(frozen=True)
class World:
    """Two heaps of documents, and the story of each; near duplicates of another have none ("")."""

    name: str
    source: Bag
    target: Bag
    stories: tuple[tuple[str, ...], tuple[str, ...]]

    def right(self, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the two documents of each pair (n, 2) tell the same story."""
        return np.array([self.stories[0][s] == self.stories[1][t] != "" for s, t in pairs], dtype=bool)

    @classmethod
    def of(cls, name: str, bags: Sequence[Bag], stories: Sequence[Sequence[str]]) -> World:
        """The heaps with these stories told."""
        first = [{group[0] for group in groups(bag)} for bag in bags]
        told = [
            [name if k in some else "" for k, name in enumerate(side)]
            for some, side in zip(first, stories, strict=True)
        ]
        return cls(name, bags[0], bags[1], (tuple(told[0]), tuple(told[1])))


@dataclass
class Vectors:
    """The encoder's vectors, each text encoded once."""

    rows: dict[str, NDArray[np.float16]] = field(default_factory=dict)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float16]:
        missing = sorted(set(texts) - self.rows.keys())
        for first in range(0, len(missing), 2000):
            some = missing[first : first + 2000]
            self.rows.update(zip(some, load("use-m3").encode(some).astype(np.float16), strict=True))
        return np.stack([self.rows[text] for text in texts])


def news(shared: Path) -> list[Story]:
    """The stories of the segmentation data, in all languages that the encoder covers."""
    told: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in (shared / "segmentation" / "news.dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = loads(line)
        if row["language"] in NEWS_LANGUAGES:
            told[row["id"].rsplit("/", 1)[0]][row["language"]] += row["sentences"]
    return [Story(name, dict(languages)) for name, languages in told.items()]


def other(shared: Path, languages: tuple[str, str]) -> list[Story]:
    """Neighbouring sentences of other texts, a dozen a story: some of them on one and the same topic."""
    source, target = languages
    rows: defaultdict[str, list[Sequence[str]]] = defaultdict(list)
    for name, kinds in ((f"flores-dev.{source}-{target}", None), (f"train.{source}-{target}", KINDS)):
        path = shared / "mt" / f"{name}.tsv"
        for line in path.read_text(encoding="utf-8").split("\n")[1:] if path.exists() else ():
            cells = line.split("\t")
            kind = "flores" if kinds is None else cells[-1]
            if len(cells) == 3 and kind in (kinds or ("flores",)):
                rows[kind].append([cell[:LONGEST] for cell in cells[:2]])
    return [
        Story(f"{kind}.{k}", {side: [row[n] for row in some[k : k + 12]] for n, side in enumerate(languages)})
        for kind, some in rows.items()
        for k in range(0, len(some) - 11, 12)
    ]


def daily(seed: int, count: int = 40) -> list[Story]:
    """Reports of one form: what differs are the numbers and the names in them."""
    dice, stories = random.Random(seed), []
    for number in range(count):
        for kind, forms in FORMS.items():
            things = dice.sample(PLACES, 3), [str(dice.randint(11, 9999)) for _ in range(6)]
            told = {lang: [_filled(line, lang, *things) for line in lines] for lang, lines in forms.items()}
            stories.append(Story(f"{kind}.{number}", told))
    return stories


def _filled(line: str, language: str, places: Sequence[tuple[str, str, str]], figures: Sequence[str]) -> str:
    column = ("en", "ar", "tr").index(language)
    return line.format(
        *figures, **{letter: place[column] for letter, place in zip("xyz", places, strict=True)}
    )


PLACES = [
    *(("Ankara", "أنقرة", "Ankara"), ("Konya", "قونية", "Konya"), ("Baghdad", "بغداد", "Bağdat")),
    *(("Cairo", "القاهرة", "Kahire"), ("Damascus", "دمشق", "Şam"), ("Izmir", "إزمير", "İzmir")),
    *(("Tripoli", "طرابلس", "Trablus"), ("Berlin", "برلين", "Berlin"), ("Madrid", "مدريد", "Madrid")),
    *(("Bursa", "بورصة", "Bursa"), ("London", "لندن", "Londra"), ("Samsun", "سامسون", "Samsun")),
    *(("Karachi", "كراتشي", "Karaçi"), ("Tokyo", "طوكيو", "Tokyo"), ("Lima", "ليما", "Lima")),
    *(("Van", "وان", "Van"), ("Malatya", "ملاطية", "Malatya"), ("Kabul", "كابول", "Kabil")),
]
FORMS = {
    "quake": {
        "en": [
            "An earthquake shook {x} on the morning of the day, officials said.",
            "It was felt in {y} and {z} as well, {0} kilometres away.",
            "The observatory put its depth at {1} metres.",
            "At least {2} houses were damaged and {3} people spent the night outdoors.",
            "Rescue teams from {y} were sent to the region with {4} tents.",
            "Schools in {x} stay closed until further notice.",
        ],
        "ar": [
            "ضرب زلزال {x} صباح اليوم بحسب ما أعلن مسؤولون.",
            "وشعر به أيضا سكان {y} و{z} على بعد {0} كيلومترا.",
            "وقدر المرصد عمقه بنحو {1} مترا.",
            "وتضرر ما لا يقل عن {2} منزلا وأمضى {3} شخصا الليل في العراء.",
            "وأرسلت فرق إنقاذ من {y} إلى المنطقة ومعها {4} خيمة.",
            "وتبقى المدارس في {x} مغلقة حتى إشعار آخر.",
        ],
        "tr": [
            "Yetkililer, {x} kentinin sabah saatlerinde depremle sarsıldığını açıkladı.",
            "Deprem {0} kilometre uzaktaki {y} ve {z} kentlerinde de hissedildi.",
            "Gözlemevi derinliği {1} metre olarak ölçtü.",
            "En az {2} ev hasar gördü, {3} kişi geceyi dışarıda geçirdi.",
            "{y} kentinden bölgeye {4} çadırla kurtarma ekipleri gönderildi.",
            "{x} kentinde okullar ikinci bir duyuruya kadar kapalı.",
        ],
    },
    "market": {
        "en": [
            "The stock exchange of {x} closed the day at {0} points.",
            "Banks lost the most, and {1} shares ended the session lower.",
            "The volume of trade came to {2} million.",
            "Traders in {y} were waiting for the decision of the central bank.",
            "An ounce of gold was sold for {3} dollars.",
            "The exchange in {z} had added {4} points the day before.",
        ],
        "ar": [
            "أغلقت بورصة {x} تعاملات اليوم عند {0} نقطة.",
            "وكانت البنوك الأكثر خسارة وأنهى {1} سهما الجلسة على انخفاض.",
            "وبلغ حجم التداول {2} مليون.",
            "وكان المتعاملون في {y} ينتظرون قرار البنك المركزي.",
            "وبيعت أوقية الذهب بسعر {3} دولارا.",
            "وكانت بورصة {z} قد أضافت {4} نقطة في اليوم السابق.",
        ],
        "tr": [
            "{x} borsası günü {0} puandan kapattı.",
            "En çok bankalar kaybetti, {1} hisse seansı düşüşle tamamladı.",
            "İşlem hacmi {2} milyon oldu.",
            "{y} piyasasında yatırımcılar merkez bankasının kararını bekliyordu.",
            "Altının onsu {3} dolardan satıldı.",
            "{z} borsası bir önceki gün {4} puan eklemişti.",
        ],
    },
    "match": {
        "en": [
            "{x} beat {y} at home in front of {0} spectators.",
            "The first goal came in the {1}th minute of the league's season so far.",
            "The guests from {y} had two players sent off.",
            "With this win {x} now has {2} points in all competitions.",
            "Next week the team travels to {z}.",
            "The tickets for that match, {3} in number, are sold out.",
        ],
        "ar": [
            "فاز فريق {x} على {y} على أرضه أمام {0} متفرجا.",
            "وجاء الهدف الأول في الدقيقة {1} من موسم الدوري حتى الآن.",
            "وطرد لاعبان من فريق {y} الضيف.",
            "وبهذا الفوز صار رصيد {x} {2} نقطة في جميع المسابقات.",
            "ويسافر الفريق الأسبوع المقبل إلى {z}.",
            "وبيعت جميع تذاكر تلك المباراة وعددها {3}.",
        ],
        "tr": [
            "{x} kendi sahasında {0} seyirci önünde {y} takımını yendi.",
            "İlk gol ligde sezonun {1}. dakikasında geldi.",
            "Konuk {y} takımından iki oyuncu oyundan atıldı.",
            "{x} bu galibiyetle bütün kulvarlarda {2} puana ulaştı.",
            "Takım gelecek hafta {z} deplasmanına gidiyor.",
            "O maçın {3} biletinin hepsi satıldı.",
        ],
    },
}


class Mixer:
    """Makes sets of stories, the same for the same recipe."""

    def __init__(self, vectors: Vectors, stories: Sequence[Story], recipe: Recipe) -> None:
        self.recipe, self.vectors, self.dice = recipe, vectors, random.Random(recipe.seed)
        self.stories = [piece for story in stories for piece in story.pieces(recipe.cut)]
        self.heaps = {
            lang: [line for s in self.stories for line in s.told[lang]] for lang in recipe.languages
        }
        self.owners = np.array(
            [k for k, s in enumerate(self.stories) for _ in s.told[recipe.languages[0]]], dtype=np.int64
        )

    def world(self) -> World:
        """The documents of all stories, those of the target in another order."""
        sides: tuple[Told, Told] = [], []
        for number, story in enumerate(self.stories):
            for side, ids in self._kept(len(story.told[self.recipe.languages[0]])):
                sides[side].append((story.name, self._written(number, side, ids)))
        self.dice.shuffle(sides[1])
        return _world(self.recipe.set_name, sides, self.recipe.languages, self.vectors)

    def _kept(self, total: int) -> Iterator[tuple[int, list[int]]]:
        """Each document of a story: its side, and which sentences it tells, two or more of them common."""
        dice, recipe = self.dice, self.recipe
        alone = recipe.alone / 2
        sides = dice.choices(((0, 1), (0,), (1,)), (1 - recipe.alone, alone, alone))[0]
        core = dice.sample(range(total), min(2, total))
        for side in sides:
            several = dice.random() < recipe.versions
            for _ in range(dice.randint(2, 3) if several else 1):
                gone = dice.uniform(0, recipe.drop)
                yield side, [k for k in range(total) if k in core or dice.random() >= gone]

    def _written(self, number: int, side: int, ids: Sequence[int]) -> list[str]:
        """The sentences of a document: in half of them shuffled, some joined, foreign ones among them."""
        lang, dice, recipe = self.recipe.languages[side], self.dice, self.recipe
        lines = [self.stories[number].told[lang][k] for k in ids]
        foreign = dice.uniform(0, recipe.foreign)
        wanted = round(len(lines) * foreign / (1 - foreign))
        strange = [self._foreign(number, lang, dice.choice(lines)) for _ in range(wanted)]
        blocks = [lines[k : k + 2] for k in range(0, len(lines), 2)]
        if dice.random() < 0.5:
            dice.shuffle(blocks)
        told = list(_joined([line for block in blocks for line in block], recipe.joined, dice))
        for line in strange:
            told.insert(dice.randint(0, len(told)), line)
        return told

    def _foreign(self, number: int, language: str, line: str) -> str:
        """A sentence of another story: any, or one of the three most like the given one."""
        if self.dice.random() < 0.5:
            return self.heaps[language][int(self.dice.choice(np.flatnonzero(self.owners != number).tolist()))]
        cosines = self._heap(language) @ self.vectors([line])[0].astype(np.float32)
        cosines[self.owners == number] = -1
        return self.heaps[language][int(self.dice.choice(np.argsort(-cosines)[:3].tolist()))]

    def _heap(self, language: str) -> NDArray[np.float32]:
        made = self.__dict__.setdefault("made", {})
        if language not in made:
            made[language] = self.vectors(self.heaps[language]).astype(np.float32)
        return np.asarray(made[language])


def _joined(lines: Iterable[str], share: float, dice: random.Random) -> Iterator[str]:
    held = ""
    for line in lines:
        held = f"{held} {line}".strip()
        if dice.random() >= share:
            yield held
            held = ""
    if held:
        yield held


def bag(documents: Sequence[tuple[str, Sequence[str]]], language: str, vectors: Vectors) -> Bag:
    """Documents, named and as sentences, as they take part in pairing."""
    texts = [lines for _, lines in documents]
    return Bag(
        keys=[f"{number:06d}-{name}" for number, (name, _) in enumerate(documents)],
        languages=[language] * len(texts),
        dates=[""] * len(texts),
        starts=np.cumsum([0, *map(len, texts)]),
        sentences=vectors([line for lines in texts for line in lines]),
        numbers=[frozenset().union(*map(numbers, lines)) for lines in texts],
        names=[names_in(lines) for lines in texts],
        digests=[frozenset(shingles("\n".join(lines))) for lines in texts],
    )


def shared_sets(shared: Path, vectors: Vectors, pattern: str = "*") -> Iterator[World]:
    """The sets of the benchmark of sentence alignment, all documents of one set mixed.

    The hardest ones twice more: with a third of the stories only on one side and a third only on the
    other ("half"), and among documents of other kinds, which all have counterparts ("among").
    """
    for path in sorted((shared / "bench").glob("news-*.jsonl")):
        rows = [loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        name, languages = path.stem.split(".")[0], (rows[0]["src_lang"], rows[0]["tgt_lang"])
        ours, theirs = ([(row["id"], row[side]) for row in rows] for side in ("src", "tgt"))
        kinds: dict[str, tuple[Told, Told]] = {"": (ours, theirs)}
        if name.endswith("_hard"):
            kinds["-half"] = ours[: 2 * len(rows) // 3], theirs[len(rows) // 3 :]
            strange = [[(s.name, s.told[lang]) for s in other(shared, languages)] for lang in languages]
            kinds["-among"] = [*ours, *strange[0]], [*theirs, *strange[1]]
        for kind, both in kinds.items():
            if fnmatch(full := f"{name}{kind}.{'-'.join(languages)}", pattern):
                yield _world(full, both, languages, vectors)


def _world(name: str, sides: tuple[Told, Told], languages: tuple[str, str], vectors: Vectors) -> World:
    bags = [bag(side, lang, vectors) for side, lang in zip(sides, languages, strict=True)]
    return World.of(name, bags, [[story for story, _ in side] for side in sides])


def recipes(seed: int, *, fitting: bool = False) -> Iterator[Recipe]:
    """The sets that are made up here; those for fitting are in more languages."""
    for pair in (*PAIRS, *MORE_PAIRS) if fitting else PAIRS:
        yield Recipe("full", pair, seed, drop=0, foreign=0, alone=0, joined=0)
        yield Recipe("cut", pair, seed + 1, cut=6)
        yield Recipe("half", pair, seed + 2, alone=2 / 3)
        yield Recipe("foreign", pair, seed + 3, foreign=0.5)
        yield Recipe("versions", pair, seed + 4, versions=0.3)
        if set(pair) <= {"ar", "en", "tr"}:
            yield Recipe("daily", pair, seed + 5, drop=0.4, alone=0.5, foreign=0)
    yield Recipe("many", ("ar", "en"), seed + 6, alone=0.5)


def made_sets(
    shared: Path, vectors: Vectors, pattern: str = "*", *, seed: int = 0, fitting: bool = False
) -> Iterator[World]:
    """Those of the recipes whose names match."""
    for recipe in recipes(seed, fitting=fitting):
        if fnmatch(recipe.set_name, pattern):
            stories = news(shared)
            stories += daily(seed) if recipe.name == "daily" else []
            stories += other(shared, recipe.languages) if recipe.name == "many" else []
            yield Mixer(vectors, stories, recipe).world()


def measured(world: World) -> dict[str, float]:
    """The figures of one set."""
    edges = candidates(world.source, world.target)
    scores = judgement()(evidence(world.source, world.target, edges, progress=lambda *_: None).signals)
    found = paired(world.source, world.target)
    pairs = np.array([(pair.source, pair.target) for pair in found], dtype=np.int64).reshape(-1, 2)
    right, stories = world.right(pairs), possible(world)
    best = winners(edges, scores)
    return {
        "documents": len(world.source) + len(world.target),
        "stories": stories,
        "recall@1": float(np.mean(first_right(world, edges, scores))),
        "precision": float(right.mean()) if len(right) else 1.0,
        "recall": float(right.sum() / max(stories, 1)),
        "F1": float(2 * right.sum() / max(len(pairs) + stories, 1)),
        "ECE": calibration_error(scores[best], world.right(edges[best])),
    }


def possible(world: World) -> int:
    """How many pairs there are to find, one for each document at most."""
    ours, theirs = ({name: side.count(name) for name in side} for side in world.stories)
    return sum(min(count, theirs[name]) for name, count in ours.items() if name and name in theirs)


def first_right(world: World, edges: NDArray[np.int64], scores: NDArray[np.float64]) -> list[bool]:
    """For each document that has a counterpart, whether its best candidate is one."""
    right = world.right(edges)
    said = []
    for column in (0, 1):
        best: dict[int, tuple[float, bool]] = {}
        for document, score, good in zip(
            edges[:, column].tolist(), scores.tolist(), right.tolist(), strict=True
        ):
            best[document] = max(best.get(document, (-1.0, False)), (score, good), key=lambda one: one[0])
        told = set(world.stories[1 - column]) - {""}
        said += [best.get(k, (0, False))[1] for k, name in enumerate(world.stories[column]) if name in told]
    return said


def winners(edges: NDArray[np.int64], scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """The candidates that are the best of both their documents."""
    tops = [np.zeros(int(column.max(initial=-1)) + 1) for column in edges.T]
    for top, column in zip(tops, edges.T, strict=True):
        np.maximum.at(top, column, scores)
    return np.flatnonzero((scores >= tops[0][edges[:, 0]]) & (scores >= tops[1][edges[:, 1]]))


def calibration_error(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """How far scores are from the share that is right: ten bins of equal width (Guo et al., 2017)."""
    bins = np.minimum((scores * 10).astype(int), 9)
    gaps = [abs(float(scores[bins == k].sum() - right[bins == k].sum())) for k in range(10)]
    return sum(gaps) / max(len(scores), 1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default="*", help="those whose name matches, as in a shell")
    parser.add_argument("--shared", type=Path, default=SHARED, help="where bench/, segmentation/ and mt/ are")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    vectors, figures = Vectors(), {}
    parts = (make(options.shared, vectors, options.sets) for make in (shared_sets, made_sets))
    for world in chain.from_iterable(parts):
        say(world.name)
        figures[world.name] = measured(world)
    rows = [
        [name, *(str(v) if isinstance(v, int) else decimals(v) for v in row.values())]
        for name, row in figures.items()
    ]
    print(markdown(HEAD, rows))
    save(options.json, {name: {k: round(v, 4) for k, v in row.items()} for name, row in figures.items()})


if __name__ == "__main__":
    main()
