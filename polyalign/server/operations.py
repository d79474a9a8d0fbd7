"""The operations that a client may ask for, each with its fields: those of Store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from polyalign.characters import without_controls
from polyalign.parts import SideName, State
from polyalign.server.refusals import MisdirectedError
from polyalign.store import Change, Direction, GivenTerm, Store

MAX_AT_ONCE = 100_000  # rows of one operation

Id = Annotated[int, Field(ge=1, le=2**53)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MAX_AT_ONCE)]


def _label(text: str) -> str:
    """The text on one line. Raises ValueError for half a character, which JSON can hold."""
    text.encode()
    return without_controls(text)


Label = Annotated[str, Field(max_length=100), AfterValidator(_label)]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$", max_length=40)]
TermText = Annotated[str, Field(max_length=2_000)]
TermTexts = Annotated[list[TermText], Field(min_length=1, max_length=100)]


class Body(BaseModel):
    """What is sent, with no other fields than these."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(Body):
    """Undo or redo. `seen` is the revision that the client last saw: 409 where a row changed later.

    What is sent again under the same `key`, as its answer got lost, is not done twice. `project` is the
    name of the project that is meant: 421 where the address has another one by now.
    """

    model_config = ConfigDict(strict=True)

    seen: Annotated[int, Field(ge=0, le=2**53)] | None = None
    who: Label = ""
    key: Label = ""
    project: str = ""

    def made(self, store: Store, operation: Callable[..., Change], **fields: Any) -> Change:
        """The change of the operation, made once. Raises what it raises, and MisdirectedError."""
        if self.project and self.project != store.name:
            raise MisdirectedError(f"this is {store.name}, and no longer {self.project}: open that one again")
        return store.once(self.key, lambda: operation(**fields))


class Realigned(Step):
    """Those of the proposals that somebody chose, by their numbers."""

    proposals: Id
    chosen: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=MAX_AT_ONCE)]


class _Operation(Step):
    operation: str

    def apply(self, store: Store, who: str) -> Change:
        """Do it; `who` counts where the request names nobody. Raises what the Store raises."""
        own = type(self).model_fields.keys() - Step.model_fields.keys() - {"operation"}
        fields: dict[str, Any] = {name: getattr(self, name) for name in own}
        return self.made(store, getattr(store, self.operation), **fields, seen=self.seen, who=self.who or who)


class LinkSegments(_Operation):
    """These segments, of both sides, become one row."""

    operation: Literal["link"]
    segments: Ids


class Pinpoint(_Operation):
    """The two cells in which these segments stand become one row, however far apart."""

    operation: Literal["pinpoint"]
    source_segment: Id
    target_segment: Id


class Unlink(_Operation):
    """Every segment of the row becomes a row of its own."""

    operation: Literal["unlink"]
    row: Id


class Merge(_Operation):
    """These rows become one."""

    operation: Literal["merge"]
    rows: Ids


class MergeWith(_Operation):
    """The row and the one above or below it become one."""

    operation: Literal["merge_with"]
    row: Id
    direction: Direction


class Move(_Operation):
    """The first ("up") or last ("down") segment of a side goes to the row above or below."""

    operation: Literal["move"]
    row: Id
    side: SideName
    direction: Direction


class Split(_Operation):
    """The segment is cut before character `at` (code points); both parts stay in the row."""

    operation: Literal["split"]
    segment: Id
    at: Annotated[int, Field(ge=0, le=2**31)]


class Join(_Operation):
    """Neighbouring segments of one side of one row become one."""

    operation: Literal["join"]
    segments: Ids


class Divide(_Operation):
    """The row becomes two: each side is cut in one of its segments, before a character of its text."""

    operation: Literal["divide"]
    source_segment: Id
    source_at: Annotated[int, Field(ge=1)]
    target_segment: Id
    target_at: Annotated[int, Field(ge=1)]


class Edit(_Operation):
    """Another text for the segment; the original is kept."""

    operation: Literal["edit"]
    segment: Id
    text: str


class Delete(_Operation):
    """The rows are left out of listings and exports."""

    operation: Literal["delete"]
    rows: Ids


class BringBack(_Operation):
    """Deleted rows are there again."""

    operation: Literal["bring_back"]
    rows: Ids


class Mark(_Operation):
    """Another state for the rows."""

    operation: Literal["mark"]
    rows: Ids
    state: State


class Keep(_Operation):
    """Whether exports hold the rows."""

    operation: Literal["keep"]
    rows: Ids
    kept: bool


class Comment(_Operation):
    """Another comment on the row, an empty one to take it away."""

    operation: Literal["comment"]
    row: Id
    text: str


class Ignore(_Operation):
    """Whether the flag of this name is dismissed on the row."""

    operation: Literal["ignore"]
    row: Id
    flag: Label
    ignored: bool


class AddReply(_Operation):
    """An answer to the comment of the row."""

    operation: Literal["reply"]
    row: Id
    text: str


class Settle(_Operation):
    """A state for rows that was settled between reviewers; what each of them decided stays."""

    operation: Literal["settle"]
    rows: Ids
    state: Literal["confirmed", "rejected", "needs-review"]


class Replace(_Operation):
    """Other texts for segments, as `replacements` proposes them."""

    operation: Literal["replace"]
    # keys of JSON are strings
    texts: Annotated[
        dict[Annotated[Id, Field(strict=False)], str], Field(min_length=1, max_length=MAX_AT_ONCE)
    ]


class NewTerm(Body):
    """A term for the glossary: its languages, and its names in the second one, the first choice first."""

    source_language: Tag
    target_language: Tag
    source: TermText
    targets: TermTexts
    note: TermText = ""

    @property
    def given(self) -> GivenTerm:
        """The term as the store takes it."""
        languages = self.source_language, self.target_language
        return GivenTerm(languages, self.source, tuple(self.targets), self.note)


class AddTerms(_Operation):
    """Terms into the glossary of the project; one that is there already gets the names that it has not."""

    operation: Literal["add_terms"]
    given: Annotated[list[NewTerm], Field(min_length=1, max_length=MAX_AT_ONCE)]

    def apply(self, store: Store, who: str) -> Change:
        """Do it. Raises what the Store raises."""
        given = [term.given for term in self.given]
        return self.made(store, store.add_terms, given=given, seen=self.seen, who=self.who or who)


class ChangeTerm(_Operation):
    """Another text, other names or another note for a term of the glossary."""

    operation: Literal["change_term"]
    term: Id
    source: TermText
    targets: TermTexts
    note: TermText = ""


class DropTerms(_Operation):
    """Terms out of the glossary."""

    operation: Literal["drop_terms"]
    dropped: Ids


_OnTexts = LinkSegments | Pinpoint | Unlink | Merge | MergeWith | Move | Split | Divide | Join | Edit
_OnRows = Delete | BringBack | Mark | Keep | Comment | Ignore | AddReply | Settle | Replace
_OnTerms = AddTerms | ChangeTerm | DropTerms
Operation = Annotated[_OnTexts | _OnRows | _OnTerms, Field(discriminator="operation")]
