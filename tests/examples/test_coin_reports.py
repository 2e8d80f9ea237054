"""A coin's month from the journal alone: its figures, its proof, and the same bytes from the same journal.

docs/rules/reports.md
"""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from venus.cli.reporting import month_ns, report
from venus.engine.keys import journal_verifier
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.journal.merkle import verify_inclusion
from venus.journal.notes import open_note, parse_checkpoint
from venus.records.coins import DAY_NS, OWN_MONEY, Burn, Instrument, LawfulKind, OrderLawful
from venus.records.commands import NoteClockJump
from venus.supervisor.month import Month
from venus.supervisor.month_fold import MonthFold
from venus.supervisor.report_pdf import as_pdf
from venus.supervisor.rereading import reread
from venus.testing.coin_journal import CoinJournal
from venus.testing.coin_stage import HOUR_NS, START_NS
from venus.testing.officials import BANK, COURT, ISSUER, SUPERVISOR, TRUST

MAY, JUNE = "2026-05", "2026-06"
JUNE_NS = month_ns(JUNE)[0]


def write_life(data: Path) -> None:
    """A coin of Wednesday 27 May, and what became of it in June and on the first of July."""
    with CoinJournal(data) as stage:
        stage.do(stage.pack(concentration_ppm=600_000), ISSUER, SUPERVISOR)
        stage.do(stage.reserve(TRUST, Instrument.BILL, START_NS + 40 * DAY_NS), ISSUER, TRUST)
        stage.attest(500)
        stage.attest(1_000, reserve=1, custodian=TRUST)
        stage.fund("ann", 600)
        stage.redeem("ann", 50)
        stage.pay(50)
        stage.until(JUNE_NS + HOUR_NS)
        stage.fund("bob", 200)
        stage.redeem("bob", 120)
        stage.pay(20, OWN_MONEY)
        stage.until(JUNE_NS + 3 * DAY_NS)
        receipt = stage.receipt("treasury:vUSD", 30)
        stage.pay(100)
        stage.do(stage.mint("treasury:vUSD", 30, receipt), ISSUER)
        stage.do(Burn(reference="burn", coin=stage.coin, atoms=10), ISSUER)
        stage.do(freeze(stage), COURT, SUPERVISOR)
        stage.until(JUNE_NS + 20 * DAY_NS)
        stage.attest(1_000, reserve=1, custodian=TRUST)
        stage.until(month_ns(JUNE)[1] + HOUR_NS)
        stage.attest(1)


def freeze(stage: CoinJournal) -> OrderLawful:
    return OrderLawful(
        reference="freeze",
        order_kind=LawfulKind.FREEZE,
        coin=stage.coin,
        account=stage.account("ann"),
        atoms=7,
        to_account=0,
        frozen_by=0,
        authority=COURT,
        second=SUPERVISOR,
        basis="case 7",
        expires_ns=stage.time_ns + DAY_NS,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("life")
    write_life(path)
    return path


def told(data: Path, month: str) -> Month:
    fold = MonthFold("vUSD", month, *month_ns(month))
    for reading in reread(Places(data)):
        fold.apply(reading)
        if fold.is_done:
            break
    return fold.report()


def test_supply_adds_up_from_month_to_month(data: Path) -> None:
    may, june, july = (told(data, month) for month in (MAY, JUNE, "2026-07"))
    assert (may.opening_atoms, may.minted_atoms, may.redeemed_atoms, may.closing_atoms) == (0, 600, 50, 550)
    assert (june.opening_atoms, june.minted_atoms, june.redeemed_atoms, june.burned_atoms) == (550, 230, 120, 10)
    assert june.closing_atoms == july.opening_atoms == july.closing_atoms == 650
    assert may.is_whole and june.is_whole and not july.is_whole


def test_composition_is_that_of_the_months_end(data: Path) -> None:
    """Bills with 4 days left count 995 of 1,000; the bank's attestation of May is more than 30 days old by then."""
    june = told(data, JUNE)
    assert [(row.custodian, row.instrument, row.atoms, row.counted_atoms) for row in june.reserves] == [
        ("bank", "DEPOSIT", 500 + 600 - 50 + 200 + 30 - 100, 0),
        ("trust", "BILL", 1_000, 995),
    ]
    assert june.backing_atoms == 597, "0.6 of 995 at one custodian"
    assert [(part.name, part.atoms, part.share_ppm) for part in june.by_custodian] == [
        ("bank", 1_180, 541_284),
        ("trust", 1_000, 458_715),
    ]
    assert [(part.name, part.atoms) for part in june.by_instrument] == [("DEPOSIT", 1_180), ("BILL", 1_000)]


def test_redemptions_that_waited_are_told_with_their_clock(data: Path) -> None:
    [may] = told(data, MAY).redemptions
    assert (may.number, may.atoms, may.paid_atoms, may.late, may.paid_ns) == (1, 50, 50, False, START_NS)
    [june] = told(data, JUNE).redemptions
    assert (june.number, june.atoms, june.paid_atoms, june.late) == (2, 120, 120, True)
    assert june.deadline_ns < june.paid_ns == JUNE_NS + 3 * DAY_NS
    assert told(data, JUNE).waiting_atoms == 0


def test_lawful_orders_are_counted(data: Path) -> None:
    [row] = told(data, JUNE).lawful
    assert (row.kind, row.ordered, row.in_force, row.taken_atoms) == ("FREEZE", 1, 0, 7)
    assert told(data, MAY).lawful == ()


def test_what_happened_names_its_frames(data: Path) -> None:
    june = told(data, JUNE)
    kinds = [row.kind for row in june.movements]
    assert kinds.count("MINTED") == 2 and kinds.count("BURNED") == 1 and kinds.count("REDEMPTION_OVERDUE") == 1
    frames = {reading.number: reading for reading in reread(Places(data))}
    for row in june.movements:
        assert frames[row.frame].time_ns == row.time_ns >= JUNE_NS


@pytest.mark.parametrize("month", [MAY, JUNE, "2026-07"])
def test_every_cited_frame_is_in_the_log_that_the_checkpoint_signs(month: str, data: Path) -> None:
    proof = told(data, month).proof
    assert proof.checkpoint
    note = open_note(proof.checkpoint.encode(), [journal_verifier(Places(data))])
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.frames, checkpoint.root.hex()) == (proof.frames, proof.log_root)
    hashes = {reading.number: reading.hash for reading in reread(Places(data))}
    for cited in proof.cited:
        path = [bytes.fromhex(node) for node in cited.path]
        assert cited.hash == hashes[cited.number].hex()
        assert verify_inclusion(bytes.fromhex(cited.hash), cited.number, proof.frames, path, checkpoint.root)


def test_a_month_that_is_over_is_told_alike_as_the_journal_grows(tmp_path: Path, data: Path) -> None:
    before = told(data, MAY)
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(data), str(copy)], check=True)
    with OfflineWriter(Places(copy)) as writer:
        writer.cold(month_ns("2026-08")[0], NoteClockJump(reference="later", by_ns=1))
    assert told(copy, MAY) == before
    assert told(copy, "2026-07").is_whole


WRITE_ALL = f"""
import sys
from pathlib import Path
from venus.cli.reporting import report
for form in ("json", "csv", "pdf"):
    assert report(Path(sys.argv[1]), coin="vUSD", month="{JUNE}", form=form, to=Path(form)) == 0
"""


def test_the_same_journal_gives_the_same_bytes_in_two_processes(data: Path, tmp_path: Path) -> None:
    """Two processes with other hash seeds, time zones and places; and the command's standard output."""
    for number, zone in enumerate(("Asia/Hong_Kong", "America/New_York")):
        (tmp_path / str(number)).mkdir()
        environment = os.environ | {"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": str(number), "TZ": zone}
        command = [sys.executable, "-P", "-c", WRITE_ALL, str(data)]
        subprocess.run(command, cwd=tmp_path / str(number), env=environment, check=True, timeout=300)
    for form in ("json", "csv", "pdf"):
        one, other = ((tmp_path / place / form).read_bytes() for place in ("0", "1"))
        assert one == other and len(one) > 2_000, form


def test_the_command_writes_to_standard_output(data: Path, tmp_path: Path, capfdbinary) -> None:
    assert report(data, coin="vUSD", month=JUNE, form="pdf", to=tmp_path / "r") == 0
    assert report(data, coin="vUSD", month=JUNE, form="pdf") == 0
    assert capfdbinary.readouterr().out == (tmp_path / "r").read_bytes()


def test_json_and_csv_tell_the_same(data: Path, tmp_path: Path) -> None:
    assert report(data, coin="vUSD", month=JUNE, form="json", to=tmp_path / "j") == 0
    assert report(data, coin="vUSD", month=JUNE, form="csv", to=tmp_path / "c") == 0
    whole = json.loads((tmp_path / "j").read_bytes())
    cells = {
        (row["section"], int(row["row"]), row["field"]): row["value"]
        for row in csv.DictReader(io.StringIO((tmp_path / "c").read_text()))
    }
    assert cells["coin", 0, "closing_atoms"] == str(whole["closing_atoms"]) == "650"
    assert cells["proof", 0, "log_root"] == whole["proof"]["log_root"]
    for section in ("reserves", "redemptions", "movements", "lawful", "by_custodian"):
        for number, row in enumerate(whole[section]):
            for name, value in row.items():
                assert cells[section, number, name] == str(int(value) if isinstance(value, bool) else value)
    assert cells["proof.cited", 0, "path"].split() == whole["proof"]["cited"][0]["path"]


def test_pdf_has_the_figures_and_the_note(data: Path) -> None:
    june = told(data, JUNE)
    text = as_pdf(june)
    assert text.startswith(b"%PDF-") and text.rstrip().endswith(b"%%EOF")
    assert b"(D:20260701000000Z)" in text, "the month's end, not the clock's"
    assert june.proof.log_root.encode() in text
    assert june.proof.checkpoint.splitlines()[0].encode() in text
    for shown in (b"597", b"bank, account 7", b"backed at the end"):
        assert shown in text


def test_names_beyond_latin_are_written_as_codes(data: Path) -> None:
    june = msgspec.structs.replace(told(data, JUNE), issuer="幣 Bank")
    assert rb"\\u5e63 Bank" in as_pdf(june), "the backslash is escaped as PDF wants it"


@pytest.mark.parametrize(
    ("coin", "month", "says"),
    [("vEUR", JUNE, "no coin vEUR"), ("vUSD", "2026-04", "no coin vUSD"), ("vUSD", "June", "June")],
)
def test_what_cannot_be_reported_is_said(
    coin: str, month: str, says: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(data, coin=coin, month=month) == 1
    assert says in capsys.readouterr().err


def test_a_coin_that_was_never_minted_has_a_report(tmp_path: Path) -> None:
    with CoinJournal(tmp_path) as stage:
        stage.attest(0, custodian=BANK)
    may = told(tmp_path, MAY)
    assert (may.closing_atoms, may.redemptions, may.is_whole) == (0, (), False)
    assert as_pdf(may)
