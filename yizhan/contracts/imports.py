"""What services/jobs says of imports: rows of a spreadsheet on their way into a register."""

from __future__ import annotations

import base64
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, StationCode
from yizhan.contracts.compliance import Finding
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import FileId, FileName
from yizhan.contracts.rpc import Method

#: Rows below the header that one sheet may have; more are for a second file.
MOST_ROWS: Final = 5_000

# --- values -------------------------------------------------------------------------------------------


class ImportKind(StrEnum):
    """What the rows become."""

    EMPLOYERS = "employers"
    #: Postings that wait for verification; their employers are in the register.
    POSTINGS = "postings"


class ImportStatus(StrEnum):
    READING = "reading"
    #: Read; waits for a person to choose.
    READY = "ready"
    #: Rows were chosen and are being taken, all of them or none.
    COMMITTING = "committing"
    #: Nothing is left that could be taken.
    DONE = "done"
    CANCELLED = "cancelled"
    #: The file as a whole was refused; `refusal` says why.
    REFUSED = "refused"


#: These no longer change.
ENDED: Final = frozenset({ImportStatus.DONE, ImportStatus.CANCELLED, ImportStatus.REFUSED})


class RowStatus(StrEnum):
    GOOD = "good"
    FAULTY = "faulty"
    #: The register has this one already, or the sheet has it in a row above.
    TAKEN = "taken"
    IMPORTED = "imported"


class Refusal(StrEnum):
    """Why a file as a whole is not read."""

    FILE_GONE = "file_gone"
    FILE_DAMAGED = "file_damaged"
    NO_HEADER = "no_header"
    #: `columns` names what is missing.
    COLUMNS_MISSING = "columns_missing"
    #: `columns` names what is there twice.
    COLUMNS_REPEATED = "columns_repeated"
    TOO_MANY_ROWS = "too_many_rows"
    NO_ROWS = "no_rows"


class Fault(StrEnum):
    """Why a row is not taken, or a cell of it."""

    REQUIRED = "required"
    TOO_LONG = "too_long"
    #: Characters that hide something, or a number where a name belongs.
    TEXT_REFUSED = "text_refused"
    CHOICE_UNKNOWN = "choice_unknown"
    #: Excel keeps 15 digits; the cell was a number of more, or in scientific notation.
    DIGITS_LOST = "digits_lost"
    CODE_MALFORMED = "code_malformed"
    PHONE_MALFORMED = "phone_malformed"
    DATE_UNREADABLE = "date_unreadable"
    #: Long ago or yet to come: the sign of another calendar system (1900, 1904) or a slip.
    DATE_IMPLAUSIBLE = "date_implausible"
    #: Not a day with its time.
    MOMENT_UNREADABLE = "moment_unreadable"
    #: Not a number, or with more decimals than the column has.
    NUMBER_UNREADABLE = "number_unreadable"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    #: The formula's program kept no result, as after a conversion.
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    #: #N/A, #REF! and the like.
    CELL_ERROR = "cell_error"
    #: One cell over several rows or columns does not say to which it belongs.
    MERGED = "merged"
    HIDDEN_ROW = "hidden_row"
    #: An individual with a credit code, or a company without one.
    CREDIT_CODE_MISPLACED = "credit_code_misplaced"
    CONTACT_INCOMPLETE = "contact_incomplete"
    #: The register has no such employer; he comes in first.
    EMPLOYER_UNKNOWN = "employer_unknown"
    #: It has several of this name; the credit code or the phone tells which.
    EMPLOYER_AMBIGUOUS = "employer_ambiguous"
    #: `id` names the employer who may not post.
    EMPLOYER_BARRED = "employer_barred"
    #: What a piece is goes with the piece, and with nothing else.
    PIECE_MISPLACED = "piece_misplaced"
    #: The upper end of the wage is not above the lower.
    WAGE_ORDER = "wage_order"
    #: No such work is paid like this.
    WAGE_IMPLAUSIBLE = "wage_implausible"
    #: It ends before it begins, has begun, or is too far away or too long.
    PERIOD_IMPLAUSIBLE = "period_implausible"
    #: The row's findings tell what the law forbids.
    UNLAWFUL = "unlawful"
    #: `row` names the row above that says the same.
    REPEATED_IN_SHEET = "repeated_in_sheet"
    #: `id` names the entry of the register.
    IN_REGISTER = "in_register"


class RowFault(Message):
    """`column`: the header of the column as the template has it; None for the row as a whole."""

    code: Fault
    column: str | None = None
    row: int | None = None
    id: Identifier | None = None


class ImportRow(Message):
    """A row of the sheet. row: its number as the spreadsheet shows it. cells: by column, as they were read;
    None once they were deleted. Phone numbers are masked. id: what it became. findings: what the law says of
    a posting, while it waits.
    """

    row: int
    status: RowStatus
    cells: dict[str, str] | None
    faults: tuple[RowFault, ...] = ()
    id: Identifier | None = None
    findings: tuple[Finding, ...] = ()


class Import(Message):
    """One spreadsheet on its way.

    rows: how many there are, None until that is known. read: how many of them were looked at. good, faulty,
    taken, imported: add up to what was looked at. ignored: columns of the sheet that nothing is taken from.
    rows_until: when the rows are deleted; what was imported stays, of course.
    """

    id: Identifier
    kind: ImportKind
    station: StationCode
    status: ImportStatus
    file_name: FileName | None
    by: str
    started_at: Moment
    rows_until: Moment
    rows: int | None = None
    read: int = 0
    good: int = 0
    faulty: int = 0
    taken: int = 0
    imported: int = 0
    ignored: tuple[str, ...] = ()
    refusal: Refusal | None = None
    columns: tuple[str, ...] = ()


class Sheet(Message):
    """A workbook to download. content: base64."""

    name: FileName
    content: str

    @classmethod
    def of(cls, name: str, content: bytes) -> Sheet:
        return cls(name=name, content=base64.b64encode(content).decode())

    @property
    def bytes(self) -> bytes:
        return base64.b64decode(self.content)


# --- RPC ----------------------------------------------------------------------------------------------


class StartImport(Message):
    """Read an uploaded workbook; what its rows become belongs to the station. `file`: the upload's id."""

    kind: ImportKind
    station: StationCode
    file: FileId


class ImportRef(Message):
    id: Identifier


class ImportQuery(Message):
    """Imports of a station and all below it, newest first; of one kind, or of all. `after`: the last id of
    the page before."""

    station: StationCode
    kind: ImportKind | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ImportList(Message):
    imports: tuple[Import, ...]
    next: Identifier | None


class ImportRowQuery(Message):
    """Rows in the sheet's order. `after`: the last row of the page before."""

    id: Identifier
    status: RowStatus | None = None
    after: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ImportRowList(Message):
    rows: tuple[ImportRow, ...]
    next: int | None


class CommitImport(Message):
    """Take rows into the register, all of those chosen or none. `rows`: which; None takes all good ones."""

    id: Identifier
    rows: (
        Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, max_length=MOST_ROWS)] | None
    ) = None


class TemplateRef(Message):
    kind: ImportKind


SERVICE = "jobs"


class ImportsRpc:
    """The methods of services/jobs that are about imports."""

    start_import = Method(SERVICE, "start_import", StartImport, Import, command=True)
    get_import = Method(SERVICE, "get_import", ImportRef, Import, command=False)
    list_imports = Method(SERVICE, "list_imports", ImportQuery, ImportList, command=False)
    list_import_rows = Method(SERVICE, "list_import_rows", ImportRowQuery, ImportRowList, command=False)
    commit_import = Method(SERVICE, "commit_import", CommitImport, Import, command=True)
    cancel_import = Method(SERVICE, "cancel_import", ImportRef, Import, command=True)
    import_template = Method(SERVICE, "import_template", TemplateRef, Sheet, command=False)
    import_report = Method(SERVICE, "import_report", ImportRef, Sheet, command=False)


# --- errors -------------------------------------------------------------------------------------------


class ImportNotFound(YizhanError):
    """No import has this id."""

    code = "jobs.import_not_found"
    status = 404


class ImportStepIllegal(YizhanError):
    """An import that stands where this one does cannot take this step."""

    code = "jobs.import_step_illegal"
    status = 409


class ImportRowNotGood(YizhanError):
    """A chosen row is not there, is faulty, or is taken already; `rows` names the first of them."""

    code = "jobs.import_row_not_good"
    status = 409


class ImportRowsGone(YizhanError):
    """The rows of this import were deleted: it was cancelled, or is more than a week old."""

    code = "jobs.import_rows_gone"
    status = 410
