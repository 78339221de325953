"""Examples of employers' contacts, verification, sanctions and doubles for the API document."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from yizhan.contracts import employer_duplicates, employers, files, sanctions

_AT = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
_STATION = "5227300101"
_STAFF = "01950001-7c00-7000-8000-000000000001"
_EMPLOYER = "01950004-7c00-7000-8000-000000000004"
_DOUBLE = "01950008-7c00-7000-8000-000000000008"
_CONTACT = "01950009-7c00-7000-8000-000000000009"
_SANCTION = "0195000a-7c00-7000-8000-00000000000a"
_READ = "0195000b-7c00-7000-8000-00000000000b"
_PAIR = "0195000c-7c00-7000-8000-00000000000c"
_PHOTO = files.StoredFile(
    id="8c0e6a4b-51f2-9d37-e0a8-3b7f1c94d625",
    media_type=files.JPEG,
    bytes=348_211,
    sha256="6f" * 32,
    name="营业执照.jpg",
)

EMPLOYER = employers.Employer(
    id=_EMPLOYER,
    station=_STATION,
    kind=employers.EmployerKind.COMPANY,
    name="龙里县示例建筑劳务有限公司",
    credit_code="91350100M000100Y43",
    credit_code_checked=True,
    registered_at=_AT,
    address="冠山街道兴龙社区",
    industry="建筑劳务",
    size=employers.EmployerSize.SMALL,
    trades=("泥瓦工", "小工"),
    verified_at=_AT + timedelta(days=1),
    verified_until=_AT + timedelta(days=181),
    sequence=2,
)
_OTHER = EMPLOYER.model_copy(
    update={"id": _DOUBLE, "name": "示例建筑劳务", "credit_code": "92350100M000100Y4A", "sequence": 1}
)
_MASKED = employers.EmployerContact(
    id=_CONTACT, employer_id=_EMPLOYER, name="王*", phone="138****0000", role="工地负责人", added_at=_AT
)
_METHOD = employers.EmployerVerificationMethod.SITE_VISIT
_SUSPENDED = sanctions.Sanction(
    id=_SANCTION,
    employer_id=_EMPLOYER,
    station=_STATION,
    kind=employers.SanctionKind.SUSPENDED,
    reason="两次拖欠工钱，劳动监察已立案。",
    by=_STAFF,
    began_at=_AT,
    ends_at=_AT + timedelta(days=30),
    appeal=sanctions.Appeal(text="工钱已经结清，附银行回单。", lodged_at=_AT, lodged_by=_STAFF),
)

EXAMPLES: tuple[BaseModel, ...] = (
    EMPLOYER,
    employers.EmployerList(employers=(EMPLOYER,), next=None),
    employers.RegisterEmployer(
        station=_STATION,
        kind=EMPLOYER.kind,
        name=EMPLOYER.name,
        credit_code=EMPLOYER.credit_code,
        address=EMPLOYER.address,
        industry=EMPLOYER.industry,
        size=EMPLOYER.size,
        trades=EMPLOYER.trades,
        contacts=(employers.NewContact(name="王某某", phone="13800000000", role="工地负责人"),),
    ),
    employers.AmendEmployer(
        id=_EMPLOYER,
        expected_sequence=2,
        name=EMPLOYER.name,
        credit_code=EMPLOYER.credit_code,
        address=EMPLOYER.address,
        industry=EMPLOYER.industry,
        size=EMPLOYER.size,
        trades=("泥瓦工", "小工", "钢筋工"),
    ),
    employers.CloseEmployer(id=_EMPLOYER, reason="项目完工，不再用工。"),
    employers.ReopenEmployer(id=_EMPLOYER, reason="新项目开工。"),
    employers.ReviewEmployer(id=_EMPLOYER, genuine=True, note="已核对营业执照原件。"),
    employers.VerifyEmployer(
        id=_EMPLOYER,
        method=_METHOD,
        note="到工地看过。",
        evidence=(_PHOTO.id,),
        valid_until=_AT + timedelta(days=181),
    ),
    employers.EmployerHistory(
        steps=(
            employers.EmployerStep(
                employer_id=_EMPLOYER,
                sequence=2,
                step="verify",
                by=_STAFF,
                at=_AT + timedelta(days=1),
                reason="到工地看过。",
                detail=_METHOD.value,
            ),
        )
    ),
    _MASKED,
    employers.EmployerContacts(contacts=(_MASKED,)),
    employers.AddEmployerContact(id=_EMPLOYER, name="王某某", phone="13800000000", role="工地负责人"),
    employers.AmendEmployerContact(
        id=_EMPLOYER, contact_id=_CONTACT, name="王某某", phone="13800000001", role="工地负责人"
    ),
    employers.ReadEmployerContact(id=_EMPLOYER, contact_id=_CONTACT, purpose="核实岗位，联系工地"),
    employers.ContactInClear(read_id=_READ, contact_id=_CONTACT, name="王某某", phone="13800000000"),
    employers.ContactReads(
        reads=(
            employers.ContactRead(
                id=_READ,
                employer_id=_EMPLOYER,
                contact_id=_CONTACT,
                by=_STAFF,
                at=_AT,
                purpose="核实岗位，联系工地",
            ),
        ),
        next=None,
    ),
    _SUSPENDED,
    sanctions.SanctionList(sanctions=(_SUSPENDED,), next=None),
    sanctions.SanctionEmployer(
        id=_EMPLOYER, kind=_SUSPENDED.kind, reason=_SUSPENDED.reason, ends_at=_SUSPENDED.ends_at
    ),
    sanctions.AppealSanction(id=_SANCTION, text="工钱已经结清，附银行回单。"),
    sanctions.DecideAppeal(
        id=_SANCTION, decision=sanctions.AppealDecision.LIFTED, reason="已核对回单，工钱付清。"
    ),
    sanctions.LiftSanction(id=_SANCTION, reason="整改完成。"),
    sanctions.EmployerRecord(
        employer=EMPLOYER,
        postings={"published": 2, "withdrawn": 5, "expired": 31},
        rejected=1,
        withdrawn=5,
        sanctions=(_SUSPENDED,),
        verifications=(
            employers.EmployerVerification(
                id="0195000d-7c00-7000-8000-00000000000d",
                employer_id=_EMPLOYER,
                method=_METHOD,
                note="到工地看过。",
                evidence=(_PHOTO,),
                by=_STAFF,
                at=_AT + timedelta(days=1),
                valid_until=_AT + timedelta(days=181),
            ),
        ),
    ),
    employer_duplicates.EmployerPairs(
        pairs=(
            employer_duplicates.EmployerPair(
                id=_PAIR,
                one=EMPLOYER,
                other=_OTHER,
                reasons=(
                    employer_duplicates.DuplicateReason.NAME,
                    employer_duplicates.DuplicateReason.CREDIT_CODE,
                ),
                found_at=_AT,
            ),
        ),
        next=None,
    ),
    employer_duplicates.DismissDuplicate(id=_PAIR, reason="两家同名，法定代表人不同。"),
    employer_duplicates.DuplicateDismissed(id=_PAIR),
    employer_duplicates.MergeEmployers(id=_EMPLOYER, merged=_DOUBLE, reason="同一家，重复登记。"),
)
