"""Every error that polyalign raises on purpose.

PolyalignError                           exit code 1
├── InputError (ValueError)              1  a text that is refused
│   ├── EmptyError                       1  there is no text, or no pair, in it
│   ├── TooLargeError                    1  it is above a limit
│   ├── UnreadableError (and OSError)    1  a file that cannot be opened, or is damaged
│   │   ├── FormatError                  1  it is of another kind than is read here
│   │   ├── EncodingError                1  its bytes are not text in its encoding
│   │   └── LockedError                  1  it is under a password or other protection
│   ├── LanguageError                    1  a language that is unknown or that the encoder does not cover
│   └── ConflictError                    1  a change to what somebody else changed meanwhile
├── OutputError (OSError)                1  a result that could not be written
├── UsageError (ValueError)              2  an option or argument that makes no sense
└── NotInstalledError                    3  a model or an optional package that the call needs

In brackets stands what each is of Python's own errors, for callers who expect these. So whoever catches
OSError or ValueError around code of this package lets PolyalignError pass first.

A message is one line: what is wrong, a colon, what to do about it. `fault` is the class in a word: the review
page, which speaks other languages than these lines, has a sentence for each.
"""

from __future__ import annotations

from collections.abc import Iterator


class PolyalignError(Exception):
    """The root of the tree; `exit_code` is what the command line returns."""

    exit_code = 1
    fault = "failed"


class InputError(PolyalignError, ValueError):
    """The text was read, and is refused."""

    fault = "refused"


class EmptyError(InputError):
    """There is no text, or no pair, in what was given."""

    fault = "empty"


class TooLargeError(InputError):
    """What was given is above a limit, or as only hostile files are."""

    fault = "large"


class UnreadableError(InputError, OSError):
    """The file cannot be opened, or is damaged."""

    fault = "damaged"


class FormatError(UnreadableError):
    """The file is of another kind than is read here, or than its suffix says."""

    fault = "format"


class EncodingError(UnreadableError):
    """The bytes of the file are not text in its encoding."""

    fault = "encoding"


class LockedError(UnreadableError):
    """The file is under a password or another protection."""

    fault = "locked"


class LanguageError(InputError):
    """The language cannot be told, or no part of the chosen setup covers it."""

    fault = "language"


class ConflictError(InputError):
    """Rows of a project (`rows`, ids) were changed since the caller saw them; `revision` is today's."""

    fault = "changed"

    def __init__(self, message: str, revision: int, rows: tuple[int, ...]) -> None:
        super().__init__(message)
        self.revision = revision
        self.rows = rows


class OutputError(PolyalignError, OSError):
    """The result could not be written; nothing half-written is left behind."""

    fault = "output"


class UsageError(PolyalignError, ValueError):
    """An option or argument makes no sense."""

    exit_code = 2
    fault = "usage"


class NotInstalledError(PolyalignError):
    """A model or an optional package is missing; the message holds the command that installs it."""

    exit_code = 3
    fault = "missing"


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it, the latest first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def is_interrupt(error: BaseException) -> bool:
    """Whether an error is Ctrl-C, as itself or as what a library that catches everything made of it."""
    return any(isinstance(one, KeyboardInterrupt) for one in causes(error))
