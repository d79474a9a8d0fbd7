"""The one door to the Hugging Face hub: what a repository holds, and a file of it on disk, checked."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyalign.errors import NotInstalledError, PolyalignError
from polyalign.files import written_beside
from polyalign.hub.troubles import explained

Advance = Callable[[int, int], None]

_COMMIT = re.compile(r"[0-9a-f]{40}")
# bytes of what a hub says of a repository; of thousands of files it is under one million
_MOST_LISTED = 32 << 20
_LONGER = 1 << 20  # bytes that may come in beyond a file's size, where a part is sent twice
_MOST = 16 << 30  # bytes of a file whose size the hub does not say
_ATTEMPTS = 2  # a file that is damaged in the cache is fetched once more
_SWITCHES = {
    "HF_HUB_DISABLE_TELEMETRY": True,
    "HF_HUB_DISABLE_XET": True,  # plain HTTP: one way to fetch, and the one that is tested
    "HF_HUB_DISABLE_SYMLINKS_WARNING": True,
    "DOWNLOAD_CHUNK_SIZE": 1 << 16,  # what a break costs, and how far a bar jumps
}


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the hub: `sha256` where it is large (Git LFS), else `blob`, git's own SHA-1.

    A mirror of the hub may say less: a size of 0 and no checksum mean that it is not known.
    """

    name: str
    size: int
    sha256: str | None = None
    blob: str | None = None

    def matches(self, path: Path) -> bool:
        """Whether the file at the path has this size and checksum."""
        if not path.is_file() or (self.size and path.stat().st_size != self.size):
            return False
        if self.sha256:
            return sha256(path) == self.sha256
        start = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        return self.blob is None or _digest(start, path) == self.blob


@dataclass(frozen=True, slots=True)
class RepositoryListing:
    """A repository at one commit: its files by name, and the licence of its card, None without one."""

    repository: str
    revision: str
    licence: str | None
    files: Mapping[str, RemoteFile]


def list_repository(repository: str, revision: str | None = None) -> RepositoryListing:
    """What the hub holds under a name, at the revision (a branch, a tag, a commit) or at main.

    Raises PolyalignError, in one line, for all that can go wrong on the way, and
    NotInstalledError where huggingface_hub is missing.
    """
    with _hub() as hub, explained(repository, revision), _short_answers(hub.get_session()):
        info = hub.HfApi(endpoint=hub.constants.ENDPOINT).model_info(
            repository, revision=revision, files_metadata=True, timeout=hub.constants.HF_HUB_ETAG_TIMEOUT
        )
        if not _COMMIT.fullmatch(info.sha or ""):
            raise ValueError("no commit")
        files = {}
        for s in info.siblings or ():
            large = s.lfs.sha256 if s.lfs else None
            files[s.rfilename] = RemoteFile(s.rfilename, s.size or 0, large, None if large else s.blob_id)
        named = getattr(info.card_data, "license", None)
        licence = ", ".join(named) if isinstance(named, list) else named
        return RepositoryListing(repository, info.sha, licence, files)


def fetch(listing: RepositoryListing, name: str, advance: Callable[[int], None]) -> Path:
    """The file in the snapshot folder of the Hugging Face cache, downloaded where it is not there.

    `advance` gets the number of bytes that came in. What is there is kept only if its checksum is
    the hub's. Raises PolyalignError like `list_repository`, and for a file that is longer than it was
    said to be, OutputError for a full disk.
    """
    file = listing.files[name]
    counter = _counter(advance, f"{listing.repository}: {name}", file.size)
    with _hub() as hub, explained(listing.repository, listing.revision):
        for _ in range(_ATTEMPTS):
            path = Path(
                hub.hf_hub_download(
                    listing.repository,
                    name,
                    revision=listing.revision,
                    cache_dir=hub.constants.HF_HUB_CACHE,
                    endpoint=hub.constants.ENDPOINT,
                    tqdm_class=counter,
                )
            )
            if file.matches(path):
                return path
            blob = path.resolve()  # to which the path is a link: without both it is fetched again
            path.unlink(missing_ok=True)
            blob.unlink(missing_ok=True)
    raise PolyalignError(
        f"{listing.repository}: {name} came with a wrong checksum twice: run the same command again later"
    )


def point_main_to(listing: RepositoryListing) -> None:
    """Note in the Hugging Face cache that this is the newest commit, as its own tools do."""
    with _hub(), explained(listing.repository, listing.revision):
        main = hub_folder(listing.repository) / "refs" / "main"
        main.parent.mkdir(exist_ok=True)
        with written_beside(main) as file:
            file.write(listing.revision.encode())


def hub_cache() -> Path:
    """The folder in which huggingface_hub keeps its downloads. Raises NotInstalledError."""
    with _hub() as hub:
        return Path(hub.constants.HF_HUB_CACHE)


def hub_folder(repository: str) -> Path:
    """The folder of that cache in which a repository is kept. Raises NotInstalledError."""
    with _hub() as hub:
        name: str = hub.file_download.repo_folder_name(repo_id=repository, repo_type="model")
    return hub_cache() / name


def clear_leftovers(repository: str) -> None:
    """Remove the partial downloads that a killed process left, and none that another is writing."""
    folder = hub_folder(repository)
    from filelock import FileLock, Timeout  # which huggingface_hub brings

    for partial in (folder / "blobs").glob("*.incomplete"):
        lock = folder.parent / ".locks" / folder.name / f"{partial.name.partition('.')[0]}.lock"
        with contextlib.suppress(Timeout, OSError), FileLock(lock, timeout=0, mode=0o664):
            partial.unlink(missing_ok=True)


def plan_removal(snapshots: Iterable[Path]) -> tuple[int, Callable[[], None]]:
    """How many bytes it frees to remove snapshots and the blobs only they need, and what does it."""
    by_root: dict[Path, list[str]] = {}
    for snapshot in snapshots:
        by_root.setdefault(snapshot.parents[2], []).append(snapshot.name)
        for link in snapshot.parents[1].glob("snapshots/*/*"):
            if link.is_symlink() and not link.exists():
                link.unlink()  # huggingface_hub leaves a repository alone that has a link to nothing
    with _hub() as hub:
        plans = [hub.scan_cache_dir(root).delete_revisions(*names) for root, names in by_root.items()]

    def remove() -> None:
        with _hub():
            for plan in plans:
                plan.execute()

    return sum(plan.expected_freed_size for plan in plans), remove


def sha256(path: Path, advance: Callable[[int], None] = lambda _: None) -> str:
    """The checksum of a file; `advance` gets the number of bytes read. Raises OSError."""
    return _digest(hashlib.sha256(), path, advance)


def _digest(digest: Any, path: Path, advance: Callable[[int], None] = lambda _: None) -> str:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            advance(len(block))
    return str(digest.hexdigest())


@contextlib.contextmanager
def _hub() -> Iterator[Any]:
    """huggingface_hub without bars, warnings, telemetry and Xet for the length of the block."""
    try:
        import huggingface_hub
        import huggingface_hub.constants
        import huggingface_hub.file_download
    except ImportError as error:
        raise NotInstalledError(
            "models come through huggingface_hub, which is not installed: pip install 'polyalign[translate]'"
        ) from error
    constants: Any = huggingface_hub.constants
    logger = logging.getLogger("huggingface_hub")
    level, before = logger.level, {name: getattr(constants, name) for name in _SWITCHES}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            logger.setLevel(logging.CRITICAL)
            vars(constants).update(_SWITCHES)
            yield huggingface_hub
        finally:
            vars(constants).update(before)
            logger.setLevel(level)


@contextlib.contextmanager
def _short_answers(client: Any) -> Iterator[None]:
    """Meanwhile, answers of the hub's interface raise ValueError over _MOST_LISTED bytes."""

    def bound(response: Any) -> None:
        if response.url.path.startswith("/api/"):
            response.stream = _shortened(response.stream)

    hooks = client.event_hooks
    client.event_hooks = {**hooks, "response": [*hooks["response"], bound]}
    try:
        yield
    finally:
        client.event_hooks = hooks


def _shortened(stream: Any) -> Any:
    """The stream of a response, of which no more than _MOST_LISTED bytes come."""
    # of httpx, or of what huggingface_hub takes in its place
    base: Any = next(kind for kind in type(stream).__mro__ if kind.__name__ == "SyncByteStream")

    class Shortened(base):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            length = 0
            for block in stream:
                length += len(block)
                if length > _MOST_LISTED:
                    raise ValueError("an answer without an end")
                yield block

        def close(self) -> None:
            stream.close()

    return Shortened()


def _counter(advance: Callable[[int], None], name: str, size: int) -> Any:
    """A class that huggingface_hub takes for a progress bar.

    Its updates raise PolyalignError where more comes in than all attempts could bring.
    """
    left = _ATTEMPTS * (size + _LONGER) if size else _MOST

    class Counter:
        def __init__(self, **_: object) -> None:
            pass

        def __enter__(self) -> Counter:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, more: int) -> None:
            nonlocal left
            left -= more
            if left < 0:
                said = f"{name} does not end where the hub says"
                raise PolyalignError(f"{said}: check HF_ENDPOINT, or name another model")
            advance(more)

    return Counter
