"""What goes wrong between here and a hub, each in one line that says what to do."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from polyalign.errors import OutputError, PolyalignError
from polyalign.files import cannot_write

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_BY_HAND = "put the model's folder where POLYALIGN_MODELS points"
_AGAIN = "run the same command again, what is complete is kept"
_LOG_IN = "log in with: hf auth login"
_OFFLINE = f"cannot pull {{repository}} while {{switch}} is set: unset it, or {_BY_HAND}"
_NO_HUB = "{hub} does not answer as a hub does: check HF_ENDPOINT and whether the network asks to log in"


@contextlib.contextmanager
def explained(repository: str, revision: str | None) -> Iterator[None]:
    """What goes wrong in the block as one line that says what to do."""
    from huggingface_hub import constants

    switches = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    named = [name for name in switches if os.environ.get(name, "").lower() in ("1", "on", "yes", "true")]
    if named or constants.HF_HUB_OFFLINE:
        switch = (*named, "HF_HUB_OFFLINE")[0]
        raise PolyalignError(_OFFLINE.format(repository=repository, switch=switch))
    try:
        yield
    except (PolyalignError, KeyboardInterrupt):
        raise
    except Exception as error:
        cause = error.__cause__ if type(error).__name__ == "LocalEntryNotFoundError" else None
        raise _translated(cause or error, repository, revision) from error


# by the name of an exception's class, as huggingface_hub's HTTP library changes its name; the first that fits
_TROUBLES = {
    "OfflineModeIsEnabled": _OFFLINE,
    "GatedRepoError": f"{{repository}} is gated: accept its terms on {{hub}}/{{repository}}, then {_LOG_IN}",
    "RepositoryNotFoundError": f"{{hub}} has no model {{repository}}, or it is private: check, or {_LOG_IN}",
    "RevisionNotFoundError": "{repository} has no revision {revision}: leave --revision out for the newest",
    "EntryNotFoundError": "{repository} lists a file that cannot be had: try another --revision",
    "HFValidationError": "{repository!r} is no name of a repository: expected Org/name",
    "HfHubHTTPError": f"{{hub}} answered with an error ({{status}}): wait a few minutes, then {_AGAIN}",
    "ProxyError": "the proxy refuses to connect to {hub}: check HTTPS_PROXY",
    "ConnectError": f"no connection to {{hub}}: check the network, or {_BY_HAND}",
    "TimeoutException": f"{{hub}} stopped answering: {_AGAIN}",
    "HTTPError": f"the connection to {{hub}} broke off: {_AGAIN}",
    "InvalidURL": "{hub} is no address of a hub: check HF_ENDPOINT",
    "FileMetadataError": _NO_HUB,
    "ValueError": _NO_HUB,
}
_STATUS = {
    401: f"{{hub}} asks for a token that is valid: unset HF_TOKEN if it is an old one, or {_LOG_IN}",
    403: f"{{hub}} refuses access to {{repository}}: check what your token may do, or {_LOG_IN}",
    429: f"{{hub}} limits how much it is asked: wait a few minutes, then {_AGAIN}",
}


def _translated(error: BaseException, repository: str, revision: str | None) -> BaseException:
    from huggingface_hub import constants

    classes = {kind.__name__ for kind in type(error).__mro__}
    name = next((name for name in _TROUBLES if name in classes), None)
    if name is None:
        where = constants.HF_HUB_CACHE
        return _of_disk(error, repository, where) if isinstance(error, OSError) else error
    status = getattr(getattr(error, "response", None), "status_code", 0)
    template = _STATUS.get(status, _TROUBLES[name]) if name == "HfHubHTTPError" else _TROUBLES[name]
    known = {"repository": repository, "revision": revision, "hub": constants.ENDPOINT, "status": status}
    return PolyalignError(template.format(**known, switch="HF_HUB_OFFLINE"))


def _of_disk(error: OSError, repository: str, where: str) -> PolyalignError:
    if error.errno in _FULL:
        advice = "free some space there, or set HF_HOME to a larger disk"
        return OutputError(f"no room for {repository} in {where}: {advice}")
    if error.errno is None:  # the sizes that huggingface_hub compares
        return PolyalignError(f"{repository}: a file came in short: {_AGAIN}")
    return cannot_write(error.filename or where, error, "set HF_HOME to another folder")
