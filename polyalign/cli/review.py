"""polyalign review and serve: the review page on texts, bitexts and projects; its HTTP API."""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from polyalign.cli import shared
from polyalign.cli.command import Options, argument, command, option
from polyalign.cli.output import say, say_notes, status
from polyalign.errors import InputError, UnreadableError, UsageError
from polyalign.files import opened
from polyalign.progress import Stage

SUFFIX = ".polyalign"
TOKEN = "POLYALIGN_TOKEN"  # the variable that holds the token of the link
_OF_NEW = ("mode", "wrapped", "translate", "source_lang", "target_lang")  # options that say how to make one


_SERVER = (
    "Server",
    option("--host ADDRESS", "to listen on; by default only this machine's own", default="127.0.0.1"),
    option("--port N", "by default a free one", default=0),
    option("--name HOST", "a name by which others call this host", multiple=True),
    option("--no-browser", "only print the address"),
    option("--read-only", "a page on which nothing can be changed"),
    shared.WHO,
    shared.GLOSSARY,
)


@command(
    "open the review page on texts, bitexts or projects",
    argument("FILE...", "projects (.polyalign), files of pairs, or two texts", "files"),
    "Project",
    option("-o --output PROJECT", "the project file to make or to add to"),
    option("--source-lang TAG", "of a text, detected by default; of a file of pairs, which to take"),
    option("--target-lang TAG", "of the other one"),
    shared.MODE,
    shared.WRAPPED,
    shared.TRANSLATE,
    shared.NO_PROGRESS,
    *_SERVER,
    examples=("review ar.txt en.txt", "review memory.tmx --no-browser", "review ar-en.polyalign --read-only"),
)
def review(options: Options) -> int:
    """Open the review page. Texts are aligned first, and kept with all decisions in a project file."""
    from polyalign.formats.bitexts import holds_pairs
    from polyalign.server import check_installed

    check_installed()
    projects = [Path(path) for path in options.files if _is_project(path)]
    for path in projects:
        if not path.is_file():
            raise UnreadableError(f"there is no project {path}: name the texts or the bitext to make one")
    others = [path for path in options.files if not _is_project(path)]
    pairs = [path for path in others if holds_pairs(path)]
    texts = [path for path in others if path not in pairs]
    if len(texts) % 2:
        raise UsageError(f"{texts[-1]} is one text: name the other one after it")
    projects += [_made(_project(options, Path(path).with_suffix(SUFFIX)), [path], options) for path in pairs]
    for one, other in zip(texts[::2], texts[1::2], strict=True):
        name = f"{Path(one).stem}-{Path(other).stem}{SUFFIX}"
        projects.append(_made(_project(options, Path(one).with_name(name)), [one, other], options))
    return _serving(list(dict.fromkeys(projects)), None, options)


@command(
    "the HTTP API and the page",
    argument("[FOLDER|PROJECT]...", "by default the current folder", "places"),
    *_SERVER,
    examples=(
        "serve",
        "serve projects --port 8080 --no-browser",
        "serve baku.polyalign --host 0.0.0.0 --name desk.example",
    ),
)
def serve(options: Options) -> int:
    """Serve the page and the API on projects, or on all projects of a folder, where new ones can be made."""
    from polyalign.server import check_installed

    check_installed()
    folders = [Path(place) for place in options.places or ["."] if not _is_project(place)]
    projects = [Path(place) for place in options.places or ["."] if _is_project(place)]
    if len(folders) > 1:
        raise UsageError(f"one folder can be served: leave out {folders[1]}")
    for path in projects:
        if not path.is_file():
            raise UnreadableError(f"there is no project {path}: check its name")
    return _serving(projects, folders[0] if folders else None, options)


def _serving(projects: Sequence[Path], folder: Path | None, options: Options) -> int:
    import threading
    import webbrowser

    from polyalign.server import serve as serving
    from polyalign.server.access import Access
    from polyalign.server.desk import Desk
    from polyalign.terms import read as read_terms

    access = Access.beside(folder or projects[0], os.environ.get(TOKEN, ""))
    tokens = access.tokens

    def ready(address: str) -> None:
        try:
            access.keep(urlsplit(address).port or 0)
        except OSError as error:
            say(f"note: this link ends with this start: cannot write {access.path}: {error.strerror}")
        shown = address.replace(tokens.editor, tokens.reader) if options.read_only else address
        say(f"review page: {shown}", always=True)
        say("Ctrl+C ends it; every change is saved at once")
        if not options.no_browser:
            # beside the server, as some browsers keep their caller waiting
            threading.Thread(target=webbrowser.open, args=(shown,), daemon=True).start()

    glossary = read_terms(options.glossary) if options.glossary else None
    with Desk(projects, folder, options.who or login(), glossary=glossary) as desk:
        say_notes(desk.notes)
        with suppress(KeyboardInterrupt):  # the way to end it
            serving(
                desk,
                host=options.host,
                port=options.port,
                names=options.name,
                tokens=tokens,
                usual=access.port,
                on_ready=ready,
            )
    return 0


def login() -> str:
    """The name of the user on this machine, empty where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, in a container
        return ""


def _is_project(path: str) -> bool:
    return path.lower().endswith(SUFFIX)


def _project(options: Options, usual: Path) -> Path:
    if options.output is not None and not _is_project(options.output):
        raise UsageError(f"{options.output}: a project is called something{SUFFIX}: change its suffix")
    return Path(options.output or usual)


def _made(project: Path, files: Sequence[str], options: Options) -> Path:
    """The project, which holds the bitext of the files from now on; one that is there is gone on with."""
    from polyalign.store import Store

    name, origin = " – ".join(Path(path).name for path in files), _digest(files)
    if len(files) == 1 and (asked := [tag for tag in (options.source_lang, options.target_lang) if tag]):
        name = f"{name} ({' – '.join(asked)})"  # a file may hold several pairs of languages
    said = "going on with" if project.exists() else "made"
    known = {}
    if project.exists():
        with Store(project) as store:
            known = {listed.name: listed.origin for listed in store.listed()}
    if known.get(name, origin) != origin:
        raise InputError(
            f"{project} holds {name} as it was before: rename it, or name another project with -o"
        )
    if name in known and (told := [n for n in _OF_NEW if getattr(options, n) and len(files) == 2]):
        named = ", ".join(f"--{n.replace('_', '-')}" for n in told)
        say(f"note: {project} holds {name} already, as it was made: {named} changes nothing")
    if name not in known:
        shared.check_output(str(project), files, project=True)
        with status() as progress:
            made = _bitext(files, options, progress)
        with Store(project, who=options.who or login()) as store:  # not before: a refused text makes none
            store.add(**made, name=name, origin=origin)
    say(f"{said} {project}")
    return project


def _bitext(files: Sequence[str], options: Options, progress: Callable[[Stage], None]) -> dict[str, Any]:
    """The bitext that the files hold or become, with the two documents, as `Store.add` takes them."""
    from polyalign.checking import scored
    from polyalign.formats import read
    from polyalign.formats.bitexts import updatable
    from polyalign.pipeline import Aligner, read_bitext

    if len(files) == 1:
        bitext = read_bitext(files[0], languages=(options.source_lang or "", options.target_lang or ""))
        say_notes(bitext.notes)
        bitext = scored(bitext, lambda done: progress(Stage("judging", "", done, unit="pairs")))
        return {"bitext": bitext, "file": updatable(files[0])}
    source = read(files[0], language=options.source_lang)
    target = read(files[1], language=options.target_lang)
    how = shared.given(options, "mode", "wrapped")
    aligner = Aligner(**how, translate=options.translate or "auto", progress=progress)
    return {"bitext": aligner.pair(source, target), "source": source, "target": target}


def _digest(files: Sequence[str]) -> str:
    """What tells these files from others of the same names. Raises UnreadableError, UsageError for "-"."""
    digest = hashlib.sha256()
    for path in files:
        if path == "-":
            raise UsageError("a review is kept beside the files: give files instead of standard input")
        with opened(path, again=True) as file:
            digest.update(hashlib.file_digest(cast(Any, file), "sha256").digest())
    return f"sha256:{digest.hexdigest()}"
