"""Language tags (BCP 47) as far as all rooms need them."""

from __future__ import annotations


def primary(tag: str) -> str:
    """The bare language of a tag: "pt" for "pt-BR", "pt_br" and "PT"."""
    return tag.replace("_", "-").partition("-")[0].lower()
