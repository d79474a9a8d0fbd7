"""Standard output for results alone, whatever the libraries in this process print."""

from __future__ import annotations

import os
import sys
from typing import IO


def own_standard_output() -> IO[bytes] | None:
    """Standard output as a stream that nobody else has; what is printed otherwise goes to standard error.

    Compiled libraries write to descriptor 1 without asking (a solver its banner, a runtime its warnings),
    each in its own way to be silenced, which the next version may not know. So the descriptor itself
    is taken away from them, for the rest of the process: text may lie in their buffers until it ends.
    None where standard output was closed from the start.
    """
    closed = sys.stdout is None
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        if stream is None:  # or the next file that is opened would get its number, and the printing
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere == number:
                os.set_inheritable(number, True)  # children want it closed no more than we do
            else:
                os.dup2(nowhere, number)
                os.close(nowhere)
    if closed:
        return None
    sys.stdout.flush()
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own
