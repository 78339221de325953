"""Postings from a spreadsheet: each row with its faults and what the law says, and none half-imported."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from services.jobs.service import import_work
from tests.integration.jobs.employers import register
from tests.integration.jobs.import_desk import ImportDesk
from tests.integration.jobs.office import ADMIN, OTHER_TOWN, TOWN, TOWN_CLERK, Office
from tests.support.posting_sheets import posting_sheet
from yizhan.contracts.employers import Employer, NewContact
from yizhan.contracts.imports import (
    CommitImport,
    Fault,
    ImportKind,
    ImportRef,
    ImportsRpc,
    ImportStatus,
    RowStatus,
    TemplateRef,
)
from yizhan.contracts.jobs import JobsRpc, PostingQuery, PostingRef, PostingSearch, PostingStage
from yizhan.contracts.sanctions import SanctionEmployer, SanctionKind, SanctionsRpc

NAME = "龙里谷丰物流"
FIRST_DAY = datetime(2026, 3, 3, 6, 0)


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> ImportDesk:
    return ImportDesk(office, tmp_path, ImportKind.POSTINGS)


@pytest.fixture
def employer(desk: ImportDesk) -> Employer:
    """In the desk's register: he needs its cipher."""
    return register(desk.office, NAME, contacts=(NewContact(name="王建国", phone="13800000001"),))


def sheet(rows: int = 40) -> bytes:
    return posting_sheet(NAME, rows=rows, first_day=FIRST_DAY).content


def test_each_row_has_its_faults_and_what_the_law_says(desk: ImportDesk, employer: Employer) -> None:
    """Before anything is taken; a row that the law forbids names the words and what to write instead."""
    made = posting_sheet(NAME, first_day=FIRST_DAY)
    read = desk.read(made.content)
    assert (read.status, read.rows, read.good) == (ImportStatus.READY, 40, len(made.numbers(None)))
    rows = desk.rows(read.id)
    found = {
        row.row: (row.faults[0].code, row.faults[0].column) if row.faults else (None, None) for row in rows
    }
    assert found == {number: (one.fault, one.column) for number, one in made.rows.items()}
    unlawful = [row for row in rows if row.faults and row.faults[0].code is Fault.UNLAWFUL]
    assert {finding.rule for row in unlawful for finding in row.findings} >= {
        "sex",
        "ethnicity",
        "fee_deposit",
    }
    assert all(finding.instead and finding.article for row in unlawful for finding in row.findings)
    assert desk.office.rows()["postings"] == 0


def test_rows_wait_for_verification_once_they_are_taken(desk: ImportDesk, employer: Employer) -> None:
    """Each with its two steps, its events, its findings, and found by its pinyin."""
    read = desk.read(sheet())
    done = desk.commit(read.id)
    assert (done.status, done.imported) == (ImportStatus.DONE, read.good)
    row = desk.rows(read.id, RowStatus.IMPORTED)[0]
    assert row.id is not None
    posting = desk.office.posting(row.id)
    assert (posting.stage, posting.sequence, posting.station) == (PostingStage.SUBMITTED, 2, TOWN)
    assert (posting.employer_id, posting.terms.wage.fen) == (employer.id, 18_000)
    steps = desk.office.ask(JobsRpc.posting_history, PostingRef(id=row.id)).steps
    assert [(step.step, step.by) for step in steps] == [("draft", TOWN_CLERK.id), ("submit", TOWN_CLERK.id)]
    events = [(event.type, event.sequence) for event in desk.office.events(row.id)]
    assert events == [("jobs.posting.drafted.v1", 1), ("jobs.posting.submitted.v1", 2)]
    found = desk.office.ask(JobsRpc.search_postings, PostingSearch(station=TOWN, text="byg"))
    assert row.id in [one.id for one in found.postings] or posting.terms.trade != "搬运工"
    dossier = desk.office.ask(JobsRpc.posting_dossier, PostingRef(id=row.id))
    assert dossier.findings == ()


def test_chosen_rows_and_no_others(desk: ImportDesk, employer: Employer) -> None:
    """And a second import of the same sheet finds them there."""
    read = desk.read(sheet())
    good = [row.row for row in desk.rows(read.id, RowStatus.GOOD)][:3]
    assert desk.commit(read.id, *good).imported == 3
    again = desk.read(sheet())
    taken = desk.rows(again.id, RowStatus.TAKEN)
    assert [row.row for row in taken] == good
    assert {row.faults[0].code for row in taken} == {Fault.IN_REGISTER}
    assert desk.commit(again.id).imported == read.good - 3
    assert desk.office.rows()["postings"] == read.good


def test_of_several_of_one_name_the_code_or_the_phone_tells(desk: ImportDesk, employer: Employer) -> None:
    """Else the row says that it does not know."""
    register(
        desk.office, NAME, contacts=(NewContact(name="李秀英", phone="13800000002"),), station=OTHER_TOWN
    )
    read = desk.read(sheet())
    assert read.good == 0
    ambiguous = [
        row for row in desk.rows(read.id) if Fault.EMPLOYER_AMBIGUOUS in [fault.code for fault in row.faults]
    ]
    assert len(ambiguous) > 20
    template = desk.office.ask(ImportsRpc.import_template, TemplateRef(kind=ImportKind.POSTINGS))
    book = load_workbook(io.BytesIO(template.bytes))
    page = book.active
    headers = [cell.value for cell in page[3]]
    said = {
        "雇主名称": NAME, "联系电话": "13800000001", "工种": "小工", "人数": 2, "工钱": 180,
        "计酬方式": "按天", "结算": "日结", "地点": "兴龙社区", "开工时间": FIRST_DAY,
    }  # fmt: skip
    for header, value in said.items():
        page.cell(4, headers.index(header) + 1, value)
    out = io.BytesIO()
    book.save(out)
    one = desk.read(out.getvalue())
    assert (one.good, one.rows) == (1, 1)
    desk.commit(one.id)
    posting = desk.office.ask(JobsRpc.list_postings, PostingQuery(station=TOWN)).postings[0]
    assert posting.employer_id == employer.id
    assert posting.terms.starts_at == datetime.fromisoformat("2026-03-03T06:00+08:00")


def test_what_changed_since_the_sheet_was_read_is_seen(desk: ImportDesk, employer: Employer) -> None:
    """An employer who may not post any more, and jobs whose time has come, are told row by row."""
    read = desk.read(sheet())
    desk.later(timedelta(days=3))
    late = desk.commit(read.id, *[row.row for row in desk.rows(read.id, RowStatus.GOOD)][:5])
    assert late.imported < 5
    gone = [row for row in desk.rows(read.id, RowStatus.FAULTY) if row.faults[0].column == "开工时间"]
    assert Fault.PERIOD_IMPLAUSIBLE in [row.faults[0].code for row in gone]
    desk.office.ask(
        SanctionsRpc.sanction_employer,
        SanctionEmployer(id=employer.id, kind=SanctionKind.BLACKLISTED, reason="欠薪"),
        ADMIN,
    )
    before = desk.office.rows()["postings"]
    done = desk.commit(read.id)
    assert (done.status, desk.office.rows()["postings"]) == (ImportStatus.DONE, before)
    assert Fault.EMPLOYER_BARRED in [row.faults[0].code for row in desk.rows(read.id, RowStatus.FAULTY)]


def test_a_kill_while_rows_are_written_leaves_none(
    desk: ImportDesk, employer: Employer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No posting, no event, no token; a minute later all of them, once."""
    read = desk.read(sheet())
    before = desk.office.rows()

    class Killed(BaseException):
        pass

    beats = iter(range(9))

    def die(_: float) -> None:
        if next(beats) == 1:
            raise Killed

    desk.office.ask(ImportsRpc.commit_import, CommitImport(id=read.id))
    monkeypatch.setattr(import_work.time, "sleep", die)
    with pytest.raises(Killed):
        desk.work()
    monkeypatch.undo()
    assert desk.office.rows() | {"idempotency": 0} == before | {"idempotency": 0}
    desk.later(timedelta(seconds=61))
    desk.work()
    assert desk.get(read.id).imported == read.good == desk.office.rows()["postings"]


def test_the_report_tells_what_the_law_says(desk: ImportDesk, employer: Employer) -> None:
    """For whoever mends the sheet."""
    read = desk.read(sheet())
    report = desk.office.ask(ImportsRpc.import_report, ImportRef(id=read.id))
    lines = [list(row) for row in load_workbook(io.BytesIO(report.bytes)).active.values]
    reasons = "\n".join(str(line[-1]) for line in lines[1:])
    assert "有法律不允许的内容" in reasons
    assert "「限男性」" in reasons
