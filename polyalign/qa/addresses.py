"""Addresses that only one side has: URLs, e-mail addresses, handles and tags."""

from __future__ import annotations

import re
from functools import lru_cache

from polyalign.folding import comparable
from polyalign.qa.texts import ADDRESS, ADDRESS_SIGNS, Pair, only, seen

_HANDLE = re.compile(r"(?<![\w/@.])@[A-Za-z0-9_]{2,30}\b(?!\.\w)")
_TAG = re.compile(r"(?<![\w/&#])#(?=\w*[^\W\d_])\w{2,}")
_END = re.compile(r"[.,;:!?'’»،؛؟…*_)]+$")
_START = re.compile(r"^(?:https?://|ftp://)?(?:www\.)?", re.IGNORECASE)


def urls(pair: Pair) -> str:
    """The addresses and handles of either side that the other lacks, and tags where it has fewer.

    Addresses are compared without scheme, "www." and a slash at the end, in any case. Tags may be
    translated, so they are only counted.
    """
    texts = seen(pair.source) + seen(pair.target)
    if not any(sign in texts for sign in (*ADDRESS_SIGNS, "#")):
        return ""
    here, there = _addresses(pair.source), _addresses(pair.target)
    ours = [written for key, written in here.items() if key not in there]
    theirs = [written for key, written in there.items() if key not in here]
    tags, others = _tags(pair.source), _tags(pair.target)
    if len(tags) != len(others):
        ours += [tag for tag in tags if tag not in others]
        theirs += [tag for tag in others if tag not in tags]
    return only(ours, theirs)


@lru_cache(maxsize=2048)
def _addresses(text: str) -> dict[str, str]:
    """The addresses of a text as they are written, under the form in which they are compared."""
    text = seen(text)
    found = [_END.sub("", match.group()) for match in ADDRESS.finditer(text)]
    found += [match.group() for match in _HANDLE.finditer(ADDRESS.sub(" ", text))]
    return {comparable(_START.sub("", written).rstrip("/")): written for written in found}


def _tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(comparable(tag) for tag in _TAG.findall(ADDRESS.sub(" ", seen(text)))))
