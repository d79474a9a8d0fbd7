"""What the server refuses besides the errors of the library, each with its HTTP status."""

from __future__ import annotations

from polyalign.errors import ConflictError, InputError, NotInstalledError, PolyalignError


class UnknownError(InputError):
    """There is no such project, bitext, row or job."""


class ForbiddenError(PolyalignError):
    """This link, or this server, does not allow it."""


class MisdirectedError(PolyalignError):
    """What was sent is meant for another project."""


class ReportedError(PolyalignError):
    """What a process of its own says of its failure: the line of its error, and the fault of that."""

    def __init__(self, message: str, fault: str = PolyalignError.fault) -> None:
        super().__init__(message)
        self.fault = fault


class BusyError(PolyalignError):
    """Too much is waiting already."""


_STATUS: tuple[tuple[type[PolyalignError], int], ...] = (
    (ConflictError, 409),
    (UnknownError, 404),
    (ForbiddenError, 403),
    (MisdirectedError, 421),
    (BusyError, 429),
    (NotInstalledError, 503),
)

# What each status means, of whichever request; 409 is of those that change rows, with the rows as they are.
MEANINGS = {
    400: "what was asked makes no sense now",
    401: "no token, or a wrong one",
    403: "this link only reads, or another site asks",
    404: "there is no such thing",
    413: "more than is taken at once",
    421: "the project that is meant has another address by now",
    422: "what was sent is not what is described here",
    429: "too much is waiting already",
    503: "a model or a package that this takes is not installed, or too many are connected",
}


def status_of(error: PolyalignError) -> int:
    """The HTTP status that an error is answered with; 400 for what the caller can correct."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
