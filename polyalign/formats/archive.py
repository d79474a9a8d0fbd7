"""Zip files from strangers (DOCX, ODT, EPUB, XLSX), opened so that none can fill memory or mislead."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from polyalign.errors import FormatError, LockedError, TooLargeError, UnreadableError

MAX_MEMBERS = 10_000
MAX_MEMBER_BYTES = 300_000_000
MAX_UNPACKED_BYTES = 600_000_000
MAX_RATIO = 200  # of unpacked to packed bytes, of a member above RATIO_MATTERS; text has about 10
RATIO_MATTERS = 10_000_000

COMPOUND = b"\xd0\xcf\x11\xe0"
_OLD_STREAMS = (  # in their order, as the first one that is there counts
    ("WordDocument", "Word", ".docx"),
    ("Workbook", "Excel", ".xlsx"),
    ("PowerPoint Document", "PowerPoint", ".pptx"),
    ("Book", "Excel", ".xlsx"),
)
_CENTRAL_ENTRY = b"PK\x01\x02"
# what zipfile lets out of damaged archives
_ITS_OWN = (zipfile.BadZipFile, zlib.error, struct.error)
_DAMAGED = (*_ITS_OWN, EOFError, OSError, RuntimeError, ValueError, LookupError)
_DRIVE = re.compile("[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Archive:
    """The members of a zip file by their names, read one at a time; nothing is unpacked to disk."""

    name: str
    _file: zipfile.ZipFile
    _members: Mapping[str, zipfile.ZipInfo]

    @property
    def members(self) -> tuple[str, ...]:
        """The names of the files in it, with forward slashes, in the order of the archive."""
        return tuple(self._members)

    def __contains__(self, member: str) -> bool:
        return member in self._members

    def read(self, member: str) -> bytes:
        """What a member holds. Raises UnreadableError where it is missing or damaged."""
        info = self._members.get(member)
        if info is None:
            raise UnreadableError(f"{self.name}: {member!r} is missing in it: save or download it again")
        try:
            return self._file.read(info)
        except _DAMAGED as error:
            raise UnreadableError(f"{self.name}: {member!r} is damaged: save or download it again") from error


def packed(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip file of these members, the same bytes whenever it is made; "mimetype" is not compressed."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        for name, data in members:
            info = zipfile.ZipInfo(name)  # of 1980, as no time is given
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            file.writestr(info, data)
    return sink.getvalue()


def opened(data: bytes, *, name: str) -> Archive:
    """The archive in these bytes, checked before anything is unpacked.

    What a member unpacks to is never more than it declares, so that the limits hold for `zipfile`
    on the same bytes too. Raises UnreadableError for what is no whole archive, encrypted or made
    to mislead (names that lead out of it or come twice), InputError for a zip bomb.
    """
    refuse_compound(data, name)
    if data.count(_CENTRAL_ENTRY) > MAX_MEMBERS:
        raise TooLargeError(f"{name} has more than {MAX_MEMBERS} files in it: give one document")
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGED as error:
        what = "this is no ZIP archive, or only a part of one"
        raise UnreadableError(f"{name}: {what}: save or download it again") from error
    _refuse_bombs(file.infolist(), name)
    return Archive(name, file, _by_name(file.infolist(), name))


def refuse_compound(data: bytes, name: str) -> None:
    """Raise UnreadableError, which says what it is, for a compound file: old, or under a password.

    Office puts a document with a password, whatever its suffix, into such a file as "EncryptedPackage".
    """
    if not data.startswith(COMPOUND):
        return
    if _in_directory("EncryptedPackage", data):
        raise LockedError(f"{name} is protected by a password: save it without one")
    for stream, what, better in _OLD_STREAMS:
        if _in_directory(stream, data):
            raise FormatError(f"{name}: this is an old {what} file: save it as {better}")
    what, do = "this is an old or a password-protected Office file", "save it without one, else as a new one"
    raise LockedError(f"{name}: {what}: if it is protected by a password, {do}")


def _in_directory(stream: str, data: bytes) -> bool:
    """Whether a compound file has a stream of that name: names stand in it in UTF-16, ended by a zero."""
    return f"{stream}\0".encode("utf-16-le") in data


def _refuse_bombs(infos: list[zipfile.ZipInfo], name: str) -> None:
    if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
        raise TooLargeError(f"{name} unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB: split it")
    for info in infos:
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > MAX_MEMBER_BYTES or (info.file_size > RATIO_MATTERS and ratio > MAX_RATIO):
            what = f"{info.filename!r} unpacks to {info.file_size // 1_000_000} MB, as zip bombs do"
            raise TooLargeError(f"{name}: {what}: leave it out")


def _by_name(infos: list[zipfile.ZipInfo], name: str) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        path = info.filename.replace("\\", "/")
        if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/"):
            raise UnreadableError(f"{name}: {info.filename!r} leads out of the archive: distrust this file")
        if path in members:
            raise UnreadableError(f"{name}: {path!r} is in it twice: save it again")
        if info.flag_bits & 0x1:
            what = f"{name} is protected by a password, {path!r} is encrypted"
            raise LockedError(f"{what}: save it without a password")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableError(f"{name}: {path!r} is packed in an uncommon way: save it again")
        if not path.endswith("/"):
            members[path] = info
    return members
