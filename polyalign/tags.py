"""Language tags (BCP 47) as far as all rooms need them."""

from __future__ import annotations

UNDETERMINED = "und"  # the tag of a language that cannot be told, or that nobody stated


def is_known(tag: str) -> bool:
    """Whether the tag names a language: it is neither empty nor "und"."""
    return primary(tag) not in ("", UNDETERMINED)


_UNSPACED = frozenset(("zh", "yue", "wuu", "ja", "th"))


def between_sentences(tag: str) -> str:
    """What stands between two sentences on one line: a space, but nothing in Chinese, Japanese and Thai."""
    return "" if primary(tag) in _UNSPACED else " "


def primary(tag: str) -> str:
    """The bare language of a tag: "pt" for "pt-BR", "pt_br" and "PT"."""
    return tag.replace("_", "-").partition("-")[0].lower()
