"""What services/jobs says of employers: the register of 企业大户 and 散户, contacts and verification."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import (
    Identifier,
    Message,
    Moment,
    OfficeText,
    PlainText,
    PublicLine,
    PublicText,
    Sequence,
    StationCode,
)
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import FileId, StoredFile
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import PhoneNumber

# --- values -------------------------------------------------------------------------------------------


class EmployerKind(StrEnum):
    COMPANY = "company"
    #: 散户: a person or household that hires; has no credit code.
    INDIVIDUAL = "individual"


class EmployerStatus(StrEnum):
    ACTIVE = "active"
    #: Hires no more; may be opened again.
    CLOSED = "closed"
    #: Found to be another entry of the register, which `merged_into` names.
    MERGED = "merged"


class ReviewState(StrEnum):
    """What a person makes of a credit code whose check character fails."""

    WAITING = "waiting"
    #: Genuine all the same.
    CONFIRMED = "confirmed"
    #: Not the employer's; nothing is posted until it is amended.
    REFUSED = "refused"


class EmployerSize(StrEnum):
    """By hands employed all the year, as they are at a glance: up to 9, 49, 299, or more."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class SanctionKind(StrEnum):
    #: Noted in the record; may go on posting.
    WARNED = "warned"
    SUSPENDED = "suspended"
    BLACKLISTED = "blacklisted"


class EmployerVerificationMethod(StrEnum):
    SITE_VISIT = "site_visit"
    PHONE_CALL = "phone_call"
    DOCUMENT = "document"
    #: Looked up in the public register of enterprises.
    REGISTRY = "registry"


CreditCode = Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")]
Industry = Annotated[PublicText, Field(max_length=20)]
Address = Annotated[PublicText, Field(max_length=80)]
#: Kinds of work that the employer often wants, in the words people use (小工, 泥瓦工).
Trades = Annotated[tuple[Annotated[PublicText, Field(max_length=12)], ...], Field(max_length=20)]


class Employer(Message):
    """An employer at one version. `credit_code`: GB 32100, companies only.

    credit_code_checked: False when the check digit fails; such a code goes to a person for review, since
    genuine codes are known to fail; review_state tells how that stands. verified_until: while it is ahead,
    the employer counts as verified. sanction: the gravest one in force. merged_into: the entry that this one
    is, when it was found to be the same employer. In events, name and address of a person are left out.
    """

    id: Identifier
    station: StationCode
    kind: EmployerKind
    name: PublicLine
    credit_code: str | None
    credit_code_checked: bool
    registered_at: Moment
    status: EmployerStatus = EmployerStatus.ACTIVE
    review_state: ReviewState | None = None
    address: Address | None = None
    industry: Industry | None = None
    size: EmployerSize | None = None
    trades: Trades = ()
    verified_at: Moment | None = None
    verified_until: Moment | None = None
    sanction: SanctionKind | None = None
    merged_into: Identifier | None = None
    sequence: Sequence


class EmployerContact(Message):
    """Whom to ask for at an employer, masked: `name` as 王*, `phone` as 138****1234."""

    id: Identifier
    employer_id: Identifier
    name: str
    phone: str
    role: str | None
    added_at: Moment


class EmployerVerification(Message):
    """One act of making sure that an employer is who it says: who did it, how, and how long it holds."""

    id: Identifier
    employer_id: Identifier
    method: EmployerVerificationMethod
    note: str | None
    evidence: tuple[StoredFile, ...]
    by: str
    at: Moment
    valid_until: Moment


class EmployerStep(Message):
    """One line of an employer's history: who did what, when and why.

    employer_id: another one's than asked for where that one was merged into it. detail: the step's own word,
    as in `site_visit` of a verification or `suspended` of a sanction.
    """

    employer_id: Identifier
    sequence: Sequence
    step: str
    by: str
    at: Moment
    reason: str | None
    detail: str | None


class ContactRead(Message):
    """Who read a contact in clear, when and what for."""

    id: Identifier
    employer_id: Identifier
    contact_id: Identifier
    by: str
    at: Moment
    purpose: str


# --- events -------------------------------------------------------------------------------------------
# Each carries the employer whole at that sequence, without what would name a person.


class _EmployerFacts(Facts):
    employer: Employer
    by: str


class EmployerRegistered(Facts):
    """An employer entered the register (企业大户 or 散户). Subject: the employer's id."""

    event_type: ClassVar[str] = "jobs.employer.registered.v1"
    employer: Employer
    by: str


class EmployerAmended(_EmployerFacts):
    """What the register says of an employer or its contacts was changed, or it was merged into another."""

    event_type: ClassVar[str] = "jobs.employer.amended.v1"


class EmployerReviewed(_EmployerFacts):
    """A person decided on a credit code whose check character fails."""

    event_type: ClassVar[str] = "jobs.employer.reviewed.v1"


class EmployerVerified(_EmployerFacts):
    """Somebody made sure that the employer is who it says."""

    event_type: ClassVar[str] = "jobs.employer.verified.v1"
    method: EmployerVerificationMethod


class EmployerClosed(_EmployerFacts):
    """The employer hires no more."""

    event_type: ClassVar[str] = "jobs.employer.closed.v1"


class EmployerReopened(_EmployerFacts):
    """A closed employer hires again."""

    event_type: ClassVar[str] = "jobs.employer.reopened.v1"


class EmployerContactRead(Facts):
    """Somebody read a contact in clear. Subject: the access record's id; it is told once.

    The employer's own sequence stays as it is: a look at a number does not stand in anybody's way.
    """

    event_type: ClassVar[str] = "jobs.employer_contact.read.v1"
    read_id: Identifier
    employer_id: Identifier
    contact_id: Identifier
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class NewContact(Message):
    """A person to ask for. `role`: as in 老板 or 工地负责人."""

    name: Annotated[PlainText, Field(min_length=1, max_length=30, pattern=r"\S")]
    phone: PhoneNumber
    role: Annotated[PublicText, Field(max_length=20)] | None = None


class RegisterEmployer(Message):
    """A company with its unified social credit code, or an individual without one."""

    station: StationCode
    kind: EmployerKind
    name: PublicLine
    credit_code: CreditCode | None = None
    address: Address | None = None
    industry: Industry | None = None
    size: EmployerSize | None = None
    trades: Trades = ()
    contacts: Annotated[tuple[NewContact, ...], Field(max_length=5)] = ()


class EmployerRef(Message):
    id: Identifier


class AmendEmployer(EmployerRef):
    """What the register says, whole: what is left out is empty afterwards."""

    expected_sequence: Sequence
    name: PublicLine
    credit_code: CreditCode | None = None
    address: Address | None = None
    industry: Industry | None = None
    size: EmployerSize | None = None
    trades: Trades = ()


class CloseEmployer(EmployerRef):
    """Its postings are withdrawn."""

    reason: OfficeText


class ReopenEmployer(EmployerRef):
    reason: OfficeText


class ReviewEmployer(EmployerRef):
    """Whether a credit code whose check character fails is genuine; note: how that was found out."""

    genuine: bool
    note: OfficeText


class VerifyEmployer(EmployerRef):
    """`evidence`: ids of uploaded files. valid_until: when it is to be done again."""

    method: EmployerVerificationMethod
    note: OfficeText | None = None
    evidence: Annotated[tuple[FileId, ...], Field(max_length=10)] = ()
    valid_until: Moment


class EmployerQuery(Message):
    """Employers of a station and all below it, newest first. `after`: the last id of the page before.

    text: part of the name, its pinyin in full or its initials (byg), or part of the credit code. Merged
    entries are listed only when `status` asks for them.
    """

    station: StationCode
    text: Annotated[PlainText, Field(max_length=40)] | None = None
    kind: EmployerKind | None = None
    status: EmployerStatus | None = None
    review: ReviewState | None = None
    sanction: SanctionKind | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class EmployerList(Message):
    employers: tuple[Employer, ...]
    next: Identifier | None


class EmployerHistory(Message):
    """Oldest first."""

    steps: tuple[EmployerStep, ...]


class EmployerContacts(Message):
    contacts: tuple[EmployerContact, ...]


class AddEmployerContact(NewContact):
    id: Identifier


class EmployerContactRef(Message):
    """`id`: the employer's."""

    id: Identifier
    contact_id: Identifier


class AmendEmployerContact(NewContact):
    """The contact, whole."""

    id: Identifier
    contact_id: Identifier


class RemoveEmployerContact(EmployerContactRef):
    pass


class ReadEmployerContact(EmployerContactRef):
    """Reading in clear is recorded with its purpose."""

    purpose: Annotated[OfficeText, Field(min_length=2, max_length=80)]


class ContactInClear(Message):
    """What was sealed. A repeated command with the same Idempotency-Key is answered without it."""

    kept_without: ClassVar[frozenset[str]] = frozenset({"name", "phone"})

    read_id: Identifier
    contact_id: Identifier
    name: str | None = None
    phone: str | None = None


class ContactReadQuery(EmployerRef):
    """Newest first. `after`: the last id of the page before."""

    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ContactReads(Message):
    reads: tuple[ContactRead, ...]
    next: Identifier | None


class EmployerPhonesQuery(Message):
    """Whom a message goes to now. Asked by the process that sends, and by nobody else."""

    ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]


class EmployerPhones(Message):
    """The phone of each employer's first contact in clear, by the employer's id; who has none is left out.
    Each reading is on record, by the system."""

    phones: dict[Identifier, str]


class EmployerEvidenceRef(Message):
    id: Identifier
    file_id: FileId


SERVICE = "jobs"


class EmployersRpc:
    """The methods of services/jobs that are about employers."""

    register_employer = Method(SERVICE, "register_employer", RegisterEmployer, Employer, command=True)
    amend_employer = Method(SERVICE, "amend_employer", AmendEmployer, Employer, command=True)
    close_employer = Method(SERVICE, "close_employer", CloseEmployer, Employer, command=True)
    reopen_employer = Method(SERVICE, "reopen_employer", ReopenEmployer, Employer, command=True)
    review_employer = Method(SERVICE, "review_employer", ReviewEmployer, Employer, command=True)
    verify_employer = Method(SERVICE, "verify_employer", VerifyEmployer, Employer, command=True)
    get_employer = Method(SERVICE, "get_employer", EmployerRef, Employer, command=False)
    list_employers = Method(SERVICE, "list_employers", EmployerQuery, EmployerList, command=False)
    employer_history = Method(SERVICE, "employer_history", EmployerRef, EmployerHistory, command=False)
    employer_evidence = Method(SERVICE, "employer_evidence", EmployerEvidenceRef, StoredFile, command=False)
    list_employer_contacts = Method(
        SERVICE, "list_employer_contacts", EmployerRef, EmployerContacts, command=False
    )
    add_employer_contact = Method(
        SERVICE, "add_employer_contact", AddEmployerContact, EmployerContact, command=True
    )
    amend_employer_contact = Method(
        SERVICE, "amend_employer_contact", AmendEmployerContact, EmployerContact, command=True
    )
    remove_employer_contact = Method(
        SERVICE, "remove_employer_contact", RemoveEmployerContact, EmployerContact, command=True
    )
    employer_phones_for_messages = Method(
        SERVICE, "employer_phones_for_messages", EmployerPhonesQuery, EmployerPhones, command=True
    )
    read_employer_contact = Method(
        SERVICE, "read_employer_contact", ReadEmployerContact, ContactInClear, command=True
    )
    list_contact_reads = Method(SERVICE, "list_contact_reads", ContactReadQuery, ContactReads, command=False)


# --- errors -------------------------------------------------------------------------------------------


class EmployerNotFound(YizhanError):
    """No employer has this id."""

    code = "jobs.employer_not_found"
    status = 404


class EmployerExists(YizhanError):
    """A company with this credit code is in the register already."""

    code = "jobs.employer_exists"
    status = 409


class CreditCodeMisplaced(YizhanError):
    """A company has a unified social credit code; an individual has none."""

    code = "jobs.credit_code_misplaced"
    status = 422


class EmployerChanged(YizhanError):
    """The employer has changed since it was read."""

    code = "jobs.employer_changed_meanwhile"
    status = 409


class EmployerStepIllegal(YizhanError):
    """The employer's status does not allow this step."""

    code = "jobs.employer_step_illegal"
    status = 409


class EmployerMayNotPost(YizhanError):
    """The employer may not post: suspended, blacklisted, closed, or its credit code was refused.

    `standing` tells which.
    """

    code = "jobs.employer_may_not_post"
    status = 409


class VerificationPeriodOutOfRange(YizhanError):
    """A verification holds from now on and for no longer than `longest_days`."""

    code = "jobs.verification_period_out_of_range"
    status = 422


class ContactNotFound(YizhanError):
    """The employer has no such contact."""

    code = "jobs.contact_not_found"
    status = 404


class TooManyContacts(YizhanError):
    """An employer has at most twenty contacts."""

    code = "jobs.too_many_contacts"
    status = 409
