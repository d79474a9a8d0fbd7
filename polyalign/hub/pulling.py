"""Pulling a model in three steps: look it up, download it, install it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from polyalign.errors import NotInstalledError, OutputError, PolyalignError, UsageError
from polyalign.hub.client import (
    RepositoryListing,
    clear_leftovers,
    fetch,
    hub_cache,
    hub_folder,
    list_repository,
    point_main_to,
)
from polyalign.hub.lock import Lock, damages, files_in, lock_of, recorded
from polyalign.hub.modelnames import Choice, Wanted, is_pair, split_pair, wanted
from polyalign.hub.selftest import SENTENCES, Trial, try_out
from polyalign.progress import Stage
from polyalign.routing import RegistryEntry
from polyalign.tags import primary
from polyalign.translation.prepared import homes

_REQUIRED = ("config.json", "vocab.json", "source.spm", "target.spm")
_OPTIONAL = (
    *("generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("target_vocab.json", "README.md"),
)
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # the first one there is
MOST_TRIALS = 12  # pairs that one pull tries out, a second or two each
_DERIVED = 0.3  # of the size of float32 weights: the int8 copy for CTranslate2


@dataclass(frozen=True, slots=True)
class Offer:
    """What a pull would bring: the files by name, the weights last; `newest`: of main's commit."""

    wanted: Wanted
    listing: RepositoryListing
    files: tuple[str, ...]
    newest: bool = True

    @property
    def size(self) -> int:
        """The bytes of the files."""
        return sum(self.listing.files[name].size for name in self.files)

    @property
    def weights(self) -> str:
        """The name of the file with the weights."""
        return self.files[-1]

    @property
    def licence(self) -> str:
        """What the repository's card says, else the registry, else "unknown"."""
        return self.listing.licence or self.wanted.licence

    def describe(self) -> Iterator[str]:
        """What the user should know before the download, a line each."""
        at, card, registry = self.listing.revision[:12], self.listing.licence, self.wanted.licence
        yield f"{self.listing.repository} at {at}, {self.size / 1e6:.1f} MB, licence {self.licence}"
        if card and registry not in ("unknown", card):
            yield f"note: the registry says {registry}, the repository's card {card}: the card counts"
        for doubt in sorted({pair.doubt for pair in self.wanted.pairs if pair.doubt}):
            yield f"note: {doubt}"
        if self.licence == "unknown":
            yield "note: no licence is stated: ask the authors before you publish what it translates"


def look_up(
    name: str,
    *,
    revision: str | None = None,
    pair: str | None = None,
    code: str | None = None,
    choice: Choice | None = None,
) -> Offer:
    """What the hub holds for a pair ("ar-en") or a repository ("Org/name").

    `revision` is a branch, a tag or a commit, by default the registry's, else the newest. `pair`
    and `code` (">>ara<<") say what a repository outside the registry does, `choice` which of several
    models of a pair it is to be. Raises UsageError for a name that stands for no model, PolyalignError for
    all that goes wrong on the network and for a repository that holds no MarianMT model.
    """
    found = wanted(name, pair=pair, code=code, choice=choice)
    for package in ("huggingface_hub", "ctranslate2", "transformers", "torch", "sentencepiece"):
        if find_spec(package) is None:
            what = f"{package}, which models need, is not installed"
            raise NotInstalledError(f"{what}: pip install 'polyalign[translate]'")
    revision = revision or found.revision
    listing = list_repository(found.repository, revision)
    missing = [name for name in _REQUIRED if name not in listing.files]
    weights = [name for name in _WEIGHTS if name in listing.files]
    if missing or not weights:
        lacking = missing[0] if missing else " or ".join(_WEIGHTS)
        raise PolyalignError(
            f"{found.repository} is no MarianMT model that can be used, it has no {lacking}: name another"
        )
    optional = (name for name in _OPTIONAL if name in listing.files)
    return Offer(found, listing, (*_REQUIRED, *optional, weights[0]), newest=revision is None)


def download(offer: Offer, advance: Callable[[int, int], None] = lambda *_: None) -> Path:
    """The snapshot folder of the model in the Hugging Face cache, with all files of the offer.

    `advance` gets the bytes done and all there are. What an earlier pull left is kept where it is
    whole. Raises PolyalignError for all that goes wrong, OutputError where there is no room.
    """
    listing, done = offer.listing, 0
    clear_leftovers(listing.repository)

    def add(size: int) -> None:
        nonlocal done
        done += size
        advance(max(0, min(done, offer.size)), offer.size)

    for name in offer.files:
        before = done
        if name == offer.weights:
            _check_room(offer)
        path = fetch(listing, name, add)
        done = before
        add(listing.files[name].size)
        if name == offer.files[-2]:
            pairs_of(offer, path.parent)
    if offer.newest:
        point_main_to(listing)
    return path.parent


def install(offer: Offer, folder: Path, show: Callable[[Stage], None] = lambda _: None) -> Lock:
    """The lock of a downloaded model, once it is converted and translates the known sentences.

    `show` is called with each step. Raises PolyalignError where it does not translate.
    """
    from polyalign.translation import prepare

    before = lock_of(offer.listing.repository, offer.listing.revision)
    if before and any(damages({before.home / name: record for name, record in before.derived.items()})):
        shutil.rmtree(before.home, ignore_errors=True)  # it is made anew
        before = None
    show(Stage("converting", offer.listing.repository))
    home = prepare(folder).ctranslate2.parent
    trials = {trial.pair: trial for trial in (before.trials if before else ())}
    # not on all of hundreds of pairs, first on those with a known sentence
    pairs = sorted(pairs_of(offer, folder), key=lambda pair: primary(pair.source) not in SENTENCES)
    for pair in pairs[:MOST_TRIALS]:
        show(Stage("trying out", pair.name))
        trials[pair.name] = _tried(folder, pair, before)
    show(Stage("recording checksums"))
    said = offer.listing.repository, offer.listing.revision, offer.licence, date.today().isoformat()
    files, derived = recorded(folder, offer.files), recorded(home, files_in(home))
    lock = Lock(*said, folder, home, files, derived, tuple(trials.values()))
    lock.write()
    return lock


def pairs_of(offer: Offer, folder: Path) -> tuple[RegistryEntry, ...]:
    """The pairs to try, once the files beside the weights show that the model can do them.

    Raises PolyalignError for another kind of model and for a target code that it does not know,
    UsageError where nothing says which languages it translates.
    """
    from polyalign.translation.weights import check_fits

    repository = offer.listing.repository
    kind = _json(folder / "config.json").get("model_type")
    if kind != "marian":
        raise PolyalignError(f"{repository} is no MarianMT model (its type is {kind}): name another")
    check_fits(folder, {})
    pairs = offer.wanted.pairs
    if not pairs and (lock := lock_of(repository, offer.listing.revision)):  # what it was pulled for before
        tried = ((split_pair(trial.pair), trial.code) for trial in lock.trials)
        pairs = tuple(RegistryEntry(*pair, repository, "unknown", code=code) for pair, code in tried)
    pairs = pairs or (_stated(repository, folder),)
    vocabulary = _json(folder / "vocab.json")
    for pair in pairs:
        if pair.code and pair.code not in vocabulary:
            what = f"{repository} does not know the target code {pair.code} of {pair.name}"
            raise PolyalignError(f"{what}: name another model")
    return pairs


def _stated(repository: str, folder: Path) -> RegistryEntry:
    """The pair that the tokenizer's settings name."""
    settings = _json(folder / "tokenizer_config.json")
    pair = f"{settings.get('source_lang')}-{settings.get('target_lang')}"
    if not is_pair(pair):
        what = f"nothing says which languages {repository} translates"
        raise UsageError(f"{what}: add them, as in --pair ar-en")
    return RegistryEntry(*split_pair(pair), repository, "unknown")


def _json(path: Path) -> dict[str, object]:
    """The object in a JSON file, {} where there is none. Raises PolyalignError for what is no JSON."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PolyalignError(f"{path} is not JSON ({error}): try another --revision") from error
    return content if isinstance(content, dict) else {}


def _tried(folder: Path, pair: RegistryEntry, before: Lock | None) -> Trial:
    """How the model did on the pair; where it fails, it does not stay verified for it."""
    try:
        return try_out(folder, pair)
    except PolyalignError:
        if before and before.tried(pair.name):
            kept = tuple(trial for trial in before.trials if trial.pair != pair.name)
            replace(before, trials=kept).write()
        raise


def _check_room(offer: Offer) -> None:
    """Raise OutputError, before the long download, where the weights and their copy would not fit."""
    weights = offer.listing.files[offer.weights].size
    snapshots = hub_folder(offer.listing.repository) / "snapshots"
    there = (snapshots / offer.listing.revision / offer.weights).exists()
    converted = 0 if lock_of(offer.listing.repository, offer.listing.revision) else _DERIVED * weights
    if offer.weights != _WEIGHTS[0]:
        converted += weights
    needed = {hub_cache(): 0 if there else weights, homes(): 0 if there else round(converted)}
    for folder, size in needed.items():
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        free = shutil.disk_usage(existing).free
        if size > free:
            raise OutputError(
                f"no room for {offer.listing.repository} in {folder}: {size / 1e6:.1f} MB are needed and "
                f"{free / 1e6:.1f} MB are free: free some space, or set HF_HOME or POLYALIGN_CACHE"
            )
