"""polyalign review and serve: the review page on texts, bitexts and projects; its HTTP API."""

from __future__ import annotations

import argparse
import getpass
import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from polyalign.cli.options import add_wrapped, check_output
from polyalign.cli.output import say, status
from polyalign.errors import InputError, UnreadableError, UsageError
from polyalign.files import opened

SUFFIX = ".polyalign"
TOKEN = "POLYALIGN_TOKEN"  # the variable that holds the token of the link


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    review = commands.add_parser(
        "review", help="open the review page on texts, bitexts or projects", description=_review.__doc__
    )
    review.add_argument(
        "files", nargs="+", metavar="FILE", help="projects (.polyalign), files of pairs, or two texts"
    )
    review.add_argument("-o", "--output", metavar="PROJECT", help="the project file to make or to add to")
    review.add_argument(
        "--source-lang",
        metavar="TAG",
        help="language of a text, detected by default; of a file of pairs, which to take",
    )
    review.add_argument("--target-lang", metavar="TAG", help="language of the other one")
    review.add_argument(
        "--mode", default="auto", choices=("auto", "parallel", "comparable"), help="as in pair"
    )
    add_wrapped(review)
    review.add_argument("--translate", default="auto", metavar="auto|off|MODEL", help="as in pair")
    review.add_argument("--no-progress", action="store_true", help="no progress on standard error")
    _add_serving(review)
    review.set_defaults(run=_review)
    serve = commands.add_parser("serve", help="the HTTP API and the page", description=_serve.__doc__)
    serve.add_argument(
        "places", nargs="*", default=["."], metavar="FOLDER|PROJECT", help="by default the current folder"
    )
    _add_serving(serve)
    serve.set_defaults(run=_serve)


def _add_serving(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--host", default="127.0.0.1", help="the address to listen on; by default only this machine's own")
    add("--port", type=int, default=0, help="by default a free one")
    add("--name", action="append", default=[], metavar="HOST", help="a name by which others call this host")
    add("--no-browser", action="store_true", help="only print the address")
    add("--read-only", action="store_true", help="a page on which nothing can be changed")
    add("--who", default="", metavar="NAME", help="kept with every change; your login by default")
    add("--glossary", metavar="FILE", help="pairs of terms, tab-separated, that checks look for")


def _review(options: argparse.Namespace) -> int:
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


def _serve(options: argparse.Namespace) -> int:
    """Serve the page and the API on projects, or on all projects of a folder, where new ones can be made."""
    from polyalign.server import check_installed

    check_installed()
    folders = [Path(place) for place in options.places if not _is_project(place)]
    projects = [Path(place) for place in options.places if _is_project(place)]
    if len(folders) > 1:
        raise UsageError(f"one folder can be served: leave out {folders[1]}")
    for path in projects:
        if not path.is_file():
            raise UnreadableError(f"there is no project {path}: check its name")
    return _serving(projects, folders[0] if folders else None, options)


def _serving(projects: Sequence[Path], folder: Path | None, options: argparse.Namespace) -> int:
    from polyalign.qa import Glossary
    from polyalign.server import serve
    from polyalign.server.access import Access
    from polyalign.server.desk import Desk

    access = Access.beside(folder or projects[0], os.environ.get(TOKEN, ""))
    tokens = access.tokens

    def ready(address: str) -> None:
        try:
            access.keep(urlsplit(address).port or 0)
        except OSError as error:
            say(f"note: this link ends with this start: cannot write {access.path}: {error.strerror}")
        shown = address.replace(tokens.editor, tokens.reader) if options.read_only else address
        say(f"review page: {shown}")
        say("Ctrl+C ends it; every change is saved at once")
        if not options.no_browser:
            _open(shown)

    glossary = Glossary.read(options.glossary) if options.glossary else None
    with Desk(projects, folder, options.who or login(), glossary=glossary) as desk:
        for note in desk.notes:
            say(f"note: {note}")
        with suppress(KeyboardInterrupt):  # the way to end it
            serve(
                desk,
                host=options.host,
                port=options.port,
                names=options.name,
                tokens=tokens,
                usual=access.port,
                on_ready=ready,
            )
    return 0


def _open(address: str) -> None:
    """Show the page in the browser, beside the server, as some browsers keep their caller waiting."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def login() -> str:
    """The name of the user on this machine, empty where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, in a container
        return ""


def _is_project(path: str) -> bool:
    return path.lower().endswith(SUFFIX)


def _project(options: argparse.Namespace, usual: Path) -> Path:
    if options.output is not None and not _is_project(options.output):
        raise UsageError(f"{options.output}: a project is called something{SUFFIX}: change its suffix")
    return Path(options.output or usual)


def _made(project: Path, files: Sequence[str], options: argparse.Namespace) -> Path:
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
    if name not in known:
        check_output(str(project), files)
        with status(off=options.no_progress) as progress:
            made = _bitext(files, options, progress)
        with Store(project, who=options.who or login()) as store:  # not before: a refused text makes none
            store.add(**made, name=name, origin=origin)
    say(f"{said} {project}")
    return project


def _bitext(
    files: Sequence[str], options: argparse.Namespace, progress: Callable[[str], None]
) -> dict[str, Any]:
    """The bitext that the files hold or become, with the two documents, as `Store.add` takes them."""
    from polyalign.checking import scored
    from polyalign.formats import read
    from polyalign.formats.bitexts import updatable
    from polyalign.pipeline import Aligner, read_bitext

    if len(files) == 1:
        bitext = read_bitext(files[0], languages=(options.source_lang or "", options.target_lang or ""))
        for note in bitext.notes:
            say(f"note: {note}")
        bitext = scored(bitext, lambda done: progress(f"judging pairs: {done:,}"))
        return {"bitext": bitext, "file": updatable(files[0])}
    source = read(files[0], language=options.source_lang)
    target = read(files[1], language=options.target_lang)
    aligner = Aligner(
        mode=options.mode, translate=options.translate, wrapped=options.wrapped, progress=progress
    )
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
