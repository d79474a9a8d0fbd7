"""The answers of the API as TypeScript declares types: what the modules of the page are checked against.

`python -m tests.helpers.declarations` writes them anew.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from polyalign.server import answers
from tests.helpers.places import TESTS

PATH = TESTS / "server" / "page" / "answers.d.ts"
_HEAD = "// What the server answers: made of polyalign/server/answers.py by tests/helpers/declarations.py.\n"
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", types.NoneType: "null"}


def declarations() -> str:
    """An interface for each class of `polyalign.server.answers`, in its order."""
    found = [one for one in vars(answers).values() if isinstance(one, type) and dataclasses.is_dataclass(one)]
    return _HEAD + "".join(f"\n{_interface(one)}" for one in found)


def _interface(kind: type) -> str:
    fields = "".join(f"  readonly {name}: {_typed(of)};\n" for name, of in get_type_hints(kind).items())
    return f"interface {kind.__name__} {{\n{fields}}}\n"


def _typed(kind: Any) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in parts)
    if origin in (Union, types.UnionType):
        return " | ".join(map(_typed, parts))
    if origin is Mapping:
        return f"Readonly<Record<{', '.join(map(_typed, parts))}>>"
    if origin is tuple and parts[-1] is Ellipsis:
        inner = _typed(parts[0])
        return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
    if origin is tuple:
        return f"readonly [{', '.join(map(_typed, parts))}]"
    assert isinstance(kind, type), kind
    return kind.__name__


if __name__ == "__main__":
    PATH.write_text(declarations(), encoding="utf-8")
