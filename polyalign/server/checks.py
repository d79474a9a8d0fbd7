"""The process of a Checker: pickled lists of pairs come in, lists of their flags go out, until the end."""

from __future__ import annotations

import contextlib
import pickle
import sys

from polyalign.detection import detect
from polyalign.qa import Glossary, flags
from polyalign.server.child import own_output


def main() -> None:
    """Check what standard input brings, until it ends."""
    channel, come = own_output(), sys.stdin.buffer
    glossary: Glossary = pickle.load(come) or Glossary()
    with contextlib.suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):
        while True:
            pairs = pickle.load(come)
            pickle.dump([flags(pair, glossary=glossary, detect=_language) for pair in pairs], channel)
            channel.flush()


def _language(text: str) -> str:
    """The language of a text, "und" where it can't be told."""
    return detect(text).language


if __name__ == "__main__":
    main()
