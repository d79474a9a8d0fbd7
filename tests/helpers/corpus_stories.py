"""Short reports in German and English, made up from tables, as many as a test of corpora needs."""

from __future__ import annotations

from pathlib import Path

_PLACES = "Berlin Madrid Cairo Ankara Oslo Toronto Lagos Nairobi Chicago Mumbai Warsaw Santiago".split()
_IN_GERMAN = {"Cairo": "Kairo", "Warsaw": "Warschau"}
_PEOPLE = (
    "Maria Schneider,Ahmed Hassan,Elena Petrova,John Miller,Yuki Tanaka,Carlos Mendoza,Fatima Rahman,"
    "Peter Novak,Aisha Bello,Lars Hansen,Priya Sharma"
).split(",")
_DEEDS = (
    ("planted {n} trees", "pflanzte {in} {n} Bäume"),
    ("sold {n} old books", "verkaufte {in} {n} alte Bücher"),
    ("repaired {n} bicycles", "reparierte {in} {n} Fahrräder"),
    ("opened a hospital with {n} beds", "eröffnete {in} ein Krankenhaus mit {n} Betten"),
    ("won a football match in front of {n} spectators", "gewann {in} ein Fußballspiel vor {n} Zuschauern"),
    ("arrested {n} thieves", "verhaftete {in} {n} Diebe"),
    ("painted a picture of {n} horses", "malte {in} ein Bild von {n} Pferden"),
    ("cooked soup for {n} guests", "kochte {in} Suppe für {n} Gäste"),
    ("built a bridge that is {n} metres long", "baute {in} eine Brücke, die {n} Meter lang ist"),
    ("taught {n} children to swim", "brachte {in} {n} Kindern das Schwimmen bei"),
    ("lost an election by {n} votes", "verlor {in} eine Wahl mit {n} Stimmen Rückstand"),
    ("discovered {n} kinds of beetles", "entdeckte {in} {n} Arten von Käfern"),
    ("recorded {n} songs about the sea", "nahm {in} {n} Lieder über das Meer auf"),
)
_SENTENCES = 6


def story(number: int) -> tuple[str, str]:
    """One report in English and in German; up to 1,000 of them tell different stories."""
    told = [_sentence(number * _SENTENCES + k) for k in range(_SENTENCES)]
    return " ".join(english for english, _ in told), " ".join(german for _, german in told)


def _sentence(number: int) -> tuple[str, str]:
    person, deed = _PEOPLE[number % 11], _DEEDS[number * 5 % 13]
    place, count = _PLACES[number * 7 // 3 % 12], 17 + number * 3
    english = f"{person} {deed[0].format(n=count)} in {place}."
    german = deed[1].replace("{in}", f"in {_IN_GERMAN.get(place, place)}").format(n=count)
    return english, f"{person} {german}."


def write_stories(folder: Path, count: int) -> tuple[Path, Path]:
    """Folders "en" and "de" with a file for each of so many stories."""
    sides = folder / "en", folder / "de"
    for side, path in enumerate(sides):
        path.mkdir(parents=True)
        for number in range(count):
            (path / f"{number:03d}.txt").write_text(story(number)[side] + "\n", encoding="utf-8")
    return sides


def contents(folder: Path) -> dict[str, bytes]:
    """What every file below a folder holds."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}
