"""The process that looks into rows: questions come in, answers or errors go out."""

from __future__ import annotations

from polyalign.server.companion import answering
from polyalign.server.seeing import answered

if __name__ == "__main__":
    answering(lambda _: answered)
