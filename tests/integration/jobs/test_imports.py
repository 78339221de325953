"""Employers from a spreadsheet: every row judged, none half-imported, whatever is killed when."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from services.jobs.service import import_work
from services.jobs.storage import tables
from tests.integration.jobs.import_desk import ImportDesk
from tests.integration.jobs.office import ADMIN, OTHER_CLERK, TOWN, TOWN_CLERK, Office
from tests.support.employer_sheets import FIRST_ROW, MadeSheet, credit_code, employer_sheet, phone
from yizhan.contracts.employers import (
    Employer,
    EmployerKind,
    EmployerQuery,
    EmployerRef,
    EmployersRpc,
    NewContact,
    RegisterEmployer,
)
from yizhan.contracts.files import PDF
from yizhan.contracts.imports import (
    CommitImport,
    Fault,
    ImportKind,
    ImportQuery,
    ImportRef,
    ImportRowQuery,
    ImportsRpc,
    ImportStatus,
    Refusal,
    RowStatus,
    StartImport,
    TemplateRef,
)


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> ImportDesk:
    return ImportDesk(office, tmp_path)


def test_five_thousand_rows_are_judged_one_by_one(desk: ImportDesk) -> None:
    """Formulas, merged cells, wrong dates, lost digits, repetitions: each row has its verdict and reason."""
    made = employer_sheet(5000)
    read = desk.read(made.content)
    assert (read.status, read.rows, read.read) == (ImportStatus.READY, 5000, 5000)
    assert read.good == len(made.numbers(None))
    assert read.ignored == ("序号", "备注")
    rows = desk.rows(read.id)
    assert [row.row for row in rows] == list(made.rows)
    wrong = []
    for row in rows:
        expected = made.rows[row.row]
        found = (row.faults[0].code, row.faults[0].column, row.faults[0].row) if row.faults else (None,) * 3
        if found != (expected.fault, expected.column, expected.repeats):
            wrong.append((row, expected))
    assert not wrong
    assert {row.status for row in rows if row.faults} == {RowStatus.FAULTY, RowStatus.TAKEN}
    done = desk.commit(read.id)
    assert (done.status, done.imported, done.good) == (ImportStatus.DONE, read.good, 0)
    assert len(desk.registered()) == read.good
    assert desk.office.rows()["employers"] == read.good


def small(rows: int = 100) -> MadeSheet:
    return employer_sheet(rows)


def test_what_waits_is_sealed_and_what_is_shown_is_masked(desk: ImportDesk) -> None:
    """Nobody who can read the database reads a phone in it; the upload is gone once it was read."""
    made = small()
    read = desk.read(made.content)
    kept = desk.values(tables.import_rows) + desk.values(tables.imports)
    number = made.numbers(None)[0]
    assert phone(number - 1) not in kept
    assert "王建国" not in kept
    shown = desk.rows(read.id)[number - FIRST_ROW].cells
    assert shown is not None
    assert shown["联系电话"] == f"138****{phone(number - 1)[-4:]}"
    assert shown["联系人"] == "王*"
    desk.work()
    with desk.office.database.reading() as connection:
        assert connection.execute(select(tables.imports.c.file_id)).scalar_one() is None
    assert not list(desk.store._place.open().list().collect())  # type: ignore[attr-defined]


def test_a_row_becomes_an_employer_with_its_contact(desk: ImportDesk) -> None:
    """As if it had been registered by hand, and its history says since when it is on paper."""
    made = small()
    read = desk.read(made.content)
    number = made.numbers(None)[-1]
    done = desk.commit(read.id, number)
    assert (done.status, done.imported) == (ImportStatus.READY, 1)
    row = desk.rows(read.id, RowStatus.IMPORTED)[0]
    assert row.row == number
    assert row.cells is None
    assert row.id is not None
    employer: Employer = desk.office.ask(EmployersRpc.get_employer, EmployerRef(id=row.id))
    contacts = desk.office.ask(EmployersRpc.list_employer_contacts, EmployerRef(id=row.id)).contacts
    assert employer.station == TOWN
    assert len(contacts) == 1
    history = desk.office.ask(EmployersRpc.employer_history, EmployerRef(id=row.id))
    assert history.steps[0].detail in ("2024-03-01", "2023-05-06")
    event = desk.registered()[0]
    assert (event.data.by, event.subject) == (TOWN_CLERK.id, row.id)


def test_rows_are_chosen(desk: ImportDesk) -> None:
    """Those and no others; one that is not good stops all."""
    made = small()
    read = desk.read(made.content)
    good, bad = made.numbers(None), made.numbers(Fault.MERGED)
    refused = desk.office.refusal(
        ImportsRpc.commit_import, CommitImport(id=read.id, rows=(good[0], bad[0], 99_999))
    )
    assert (refused.code, refused.evidence["rows"]) == ("jobs.import_row_not_good", [bad[0], 99_999])
    desk.work()
    assert desk.registered() == []
    assert desk.commit(read.id, *good[:3]).imported == 3
    again = desk.office.refusal(ImportsRpc.commit_import, CommitImport(id=read.id, rows=tuple(good[:3])))
    assert again.code == "jobs.import_row_not_good"
    done = desk.commit(read.id)
    assert (done.status, done.imported) == (ImportStatus.DONE, len(good))
    assert len(desk.registered()) == len(good)
    refused = desk.office.refusal(ImportsRpc.commit_import, CommitImport(id=read.id))
    assert refused.code == "jobs.import_step_illegal"


def test_what_the_register_has_is_named(desk: ImportDesk) -> None:
    """A company by its code, a person by name and phone; and again for what came in meanwhile."""
    made = small()
    company = desk.office.ask(
        EmployersRpc.register_employer,
        RegisterEmployer(
            station=TOWN, kind=EmployerKind.COMPANY, name="早已登记的公司", credit_code=credit_code(47)
        ),
    )
    person = desk.office.ask(
        EmployersRpc.register_employer,
        RegisterEmployer(
            station=TOWN,
            kind=EmployerKind.INDIVIDUAL,
            name="李家 48 户",
            contacts=(NewContact(name="李秀英", phone=phone(48)),),
        ),
    )
    read = desk.read(made.content)
    by_row = {row.row: row for row in desk.rows(read.id, RowStatus.TAKEN)}
    for number, employer in ((48, company), (49, person)):
        fault = by_row[number].faults[0]
        assert (fault.code, fault.id) == (Fault.IN_REGISTER, employer.id)
    late = next(number for number in made.numbers(None) if number > 50 and number % 2 == 0)
    desk.office.ask(
        EmployersRpc.register_employer,
        RegisterEmployer(
            station=TOWN, kind=EmployerKind.COMPANY, name="刚登记", credit_code=credit_code(late - 1)
        ),
    )
    done = desk.commit(read.id)
    assert done.imported == read.good - 1
    assert late in [row.row for row in desk.rows(read.id, RowStatus.TAKEN)]


def test_the_same_sheet_again_is_all_taken(desk: ImportDesk) -> None:
    """Nothing enters twice, even where the second import began before the first was committed."""
    made = small()
    first, second = desk.read(made.content), desk.read(made.content)
    assert first.good == second.good
    desk.commit(first.id)
    done = desk.commit(second.id)
    assert (done.imported, done.good) == (0, 0)
    assert desk.office.rows()["employers"] == first.good
    third = desk.read(made.content)
    assert (third.good, third.status) == (0, ImportStatus.DONE)


def test_a_reader_that_is_killed_leaves_nothing_twice(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes it up after a minute begins anew, and every row is there once."""
    made = employer_sheet(700)
    started = desk.start(made.content)

    class Killed(BaseException):
        pass

    beats = iter(range(100))

    def die(_: float) -> None:
        if next(beats) == 1:
            raise Killed

    monkeypatch.setattr(import_work.time, "sleep", die)
    with pytest.raises(Killed):
        desk.work()
    half = desk.get(started.id)
    assert (half.status, half.rows, half.read) == (ImportStatus.READING, 700, 500)
    monkeypatch.undo()
    desk.work()
    assert desk.get(started.id).read == 500
    desk.later(timedelta(seconds=61))
    desk.work()
    whole = desk.get(started.id)
    assert (whole.status, whole.read, whole.good) == (ImportStatus.READY, 700, len(made.numbers(None)))
    assert len(desk.rows(started.id)) == 700


def test_a_kill_in_the_middle_of_committing_leaves_nothing(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No employer, no event, no row; a minute later all of them, once."""
    made = small()
    read = desk.read(made.content)
    before = desk.office.rows()

    class Killed(BaseException):
        pass

    def die(_: float) -> None:
        raise Killed

    desk.office.ask(ImportsRpc.commit_import, CommitImport(id=read.id))
    monkeypatch.setattr(import_work.time, "sleep", die)
    with pytest.raises(Killed):
        desk.work()
    monkeypatch.undo()
    assert desk.office.rows() | {"idempotency": 0} == before | {"idempotency": 0}
    assert desk.registered() == []
    assert desk.get(read.id).status is ImportStatus.COMMITTING
    assert desk.office.refusal(ImportsRpc.cancel_import, ImportRef(id=read.id)).code == (
        "jobs.import_step_illegal"
    )
    desk.later(timedelta(seconds=61))
    desk.work()
    done = desk.get(read.id)
    assert (done.status, done.imported) == (ImportStatus.DONE, read.good)
    assert len(desk.registered()) == len({event.subject for event in desk.registered()}) == read.good


def test_an_import_is_given_up(desk: ImportDesk) -> None:
    """Before it was read, while it waits, and after some of it was taken, which stays."""
    made = small()
    unread = desk.start(made.content)
    cancelled = desk.office.ask(ImportsRpc.cancel_import, ImportRef(id=unread.id))
    assert cancelled.status is ImportStatus.CANCELLED
    read = desk.read(made.content)
    assert desk.get(unread.id).status is ImportStatus.CANCELLED
    desk.commit(read.id, made.numbers(None)[0])
    desk.office.ask(ImportsRpc.cancel_import, ImportRef(id=read.id))
    ended = desk.get(read.id)
    assert (ended.status, ended.imported) == (ImportStatus.DONE, 1)
    assert desk.office.rows()["import_rows"] == 0
    assert desk.office.rows()["employers"] == 1
    refused = desk.office.refusal(ImportsRpc.list_import_rows, ImportRowQuery(id=read.id))
    assert refused.code == "jobs.import_rows_gone"


def test_rows_are_forgotten_after_a_week(desk: ImportDesk) -> None:
    """What nobody took is not kept for ever."""
    read = desk.read(small().content)
    desk.later(timedelta(days=7, minutes=1))
    with desk.office.database.transaction() as tx:
        type(desk.office.service).forget_import_rows.__wrapped__(desk.office.service, tx)  # type: ignore[attr-defined]
    assert desk.office.rows()["import_rows"] == 0
    assert desk.get(read.id).status is ImportStatus.CANCELLED


def test_a_report_holds_what_was_not_taken(desk: ImportDesk) -> None:
    """The rows as they were, in the template's columns, each with its reasons; it can be sent again."""
    made = small()
    read = desk.read(made.content)
    sheet = desk.office.ask(ImportsRpc.import_report, ImportRef(id=read.id))
    table = [list(row) for row in load_workbook(io.BytesIO(sheet.bytes)).active.values]
    head, *lines = table
    assert head[0] == "雇主类型"
    assert head[-3:] == ["原行号", "结果", "原因"]
    assert len(lines) == read.faulty + read.taken
    merged = next(line for line in lines if line[-3] == made.numbers(Fault.MERGED)[0])
    assert merged[-1].startswith("地址：是合并的单元格")
    repeated = next(line for line in lines if line[-3] == made.numbers(Fault.REPEATED_IN_SHEET)[0])
    assert repeated[-2] == "已存在"
    assert repeated[-1] == f"与第 {repeated[-3] - 1} 行重复"
    assert repeated[head.index("联系电话")] == phone(repeated[-3] - 1)
    again = desk.read(sheet.bytes)
    assert again.rows == len(lines)


def test_a_template_that_is_filled_in_is_taken(desk: ImportDesk) -> None:
    """Title, notes and header are where the reader looks for them."""
    template = desk.office.ask(ImportsRpc.import_template, TemplateRef(kind=ImportKind.EMPLOYERS))
    book = load_workbook(io.BytesIO(template.bytes))
    sheet = book.active
    headers = [cell.value for cell in sheet[3]]
    filled = {"雇主类型": "企业", "雇主名称": "=县城砂石厂", "统一社会信用代码": credit_code(7)}
    filled |= {"常招工种": "搬运工、小工", "用工规模": "10-49人"}
    for header, value in filled.items():
        cell = sheet.cell(4, headers.index(header) + 1, value)
        cell.data_type = "s"
    assert sheet.cell(4, headers.index("联系电话") + 1).number_format in ("@", "General")
    out = io.BytesIO()
    book.save(out)
    read = desk.read(out.getvalue())
    assert (read.good, read.rows) == (1, 1)
    desk.commit(read.id)
    found = desk.office.ask(EmployersRpc.list_employers, EmployerQuery(station=TOWN)).employers[0]
    assert (found.name, found.trades, found.size) == ("=县城砂石厂", ("搬运工", "小工"), "small")


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"PK\x03\x04 no workbook", Refusal.FILE_DAMAGED),
        (employer_sheet(100).content[:-400], Refusal.FILE_DAMAGED),
    ],
    ids=["stump", "cut"],
)
def test_a_damaged_file_is_refused_whole(desk: ImportDesk, content: bytes, refusal: Refusal) -> None:
    """And nothing of it stays."""
    read = desk.read(content)
    assert (read.status, read.refusal) == (ImportStatus.REFUSED, refusal)
    assert desk.office.rows()["import_rows"] == 0


def test_only_workbooks_are_imported(desk: ImportDesk) -> None:
    """Not a PDF, and not what is not there."""
    stored = desk.store.put(b"%PDF-1.4", media_type=PDF)
    request = StartImport(kind=ImportKind.EMPLOYERS, station=TOWN, file=stored.id)
    assert desk.office.refusal(ImportsRpc.start_import, request).code == "files.file_type_refused"
    gone = request.model_copy(update={"file": "00000000-0000-0000-0000-000000000000"})
    assert desk.office.refusal(ImportsRpc.start_import, gone).code == "files.file_not_found"


def test_two_stations_do_not_see_each_others_imports(desk: ImportDesk) -> None:
    """Neither rows nor report, and no step of theirs."""
    read = desk.read(small().content)
    asked = [
        (ImportsRpc.get_import, ImportRef(id=read.id)),
        (ImportsRpc.list_imports, ImportQuery(station=TOWN)),
        (ImportsRpc.list_import_rows, ImportRowQuery(id=read.id)),
        (ImportsRpc.import_report, ImportRef(id=read.id)),
        (ImportsRpc.commit_import, CommitImport(id=read.id)),
        (ImportsRpc.cancel_import, ImportRef(id=read.id)),
    ]
    for method, request in asked:
        assert desk.office.refusal(method, request, OTHER_CLERK).code == "auth.outside_scope"
    listed = desk.office.ask(ImportsRpc.list_imports, ImportQuery(station=TOWN), ADMIN)
    assert [one.id for one in listed.imports] == [read.id]
