"""A month's report as PDF: the same report gives the same bytes. docs/rules/reports.md.

Dates are the month's, nothing is compressed (libraries that compress differ), and only the fonts that every reader has
are used: what they cannot show is written as its code.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import TableCellFillMode

from venus.supervisor.month import Month, days_left
from venus.units import NS_PER_S, decimal

_CITED_MAX = 40
_ROWS_MAX = 1_000
"""Of one table: pages are for people, and JSON and CSV have all rows."""
_FIGURES = {"amount", "counts", "paid", "taken", "share", "days left", "frame", "no."}
"""Columns that are read from the right."""
_SMALL, _NORMAL, _LARGE = 7, 9, 15


def as_pdf(month: Month) -> bytes:
    """The whole report but the paths of its proof, which JSON and CSV have."""
    pdf = FPDF(format="A4")
    pdf.set_compression(False)
    pdf.set_creation_date(_moment(month.until_ns))
    pdf.set_producer("venus")
    pdf.set_title(_plain(f"{month.coin} {month.month}"))
    pdf.set_auto_page_break(True, 15)
    pdf.add_page()
    _heading(pdf, f"{month.coin}: supply, reserves, redemptions in {month.month}", _LARGE)
    whole = "" if month.is_whole else ". The journal ends within the month: this is as far as it goes"
    _words(pdf, f"Issued by {month.issuer}, redeemed by {month.agent}, under {month.pack or 'no pack'}{whole}.")
    _supply(pdf, month)
    _composition(pdf, month)
    _redemptions(pdf, month)
    _movements(pdf, month)
    _lawful(pdf, month)
    _proof(pdf, month)
    return bytes(pdf.output())


def _supply(pdf: FPDF, month: Month) -> None:
    _heading(pdf, "Supply")
    rows = [
        ("at the beginning", _amount(month, month.opening_atoms)),
        ("minted", _amount(month, month.minted_atoms)),
        ("redeemed", _amount(month, -month.redeemed_atoms)),
        ("burned", _amount(month, -month.burned_atoms)),
        ("at the end", _amount(month, month.closing_atoms)),
        ("backed at the end, after haircuts and limits", _amount(month, month.backing_atoms)),
        ("minting is stopped", ", ".join(month.stopped) or "no"),
    ]
    _table(pdf, ("", "amount"), rows, (3, 2))


def _composition(pdf: FPDF, month: Month) -> None:
    _heading(pdf, "Composition of reserves at the end")
    rows = [
        (
            str(row.number),
            f"{row.custodian}, {row.account}",
            row.instrument,
            row.currency,
            str(days_left(row, month.until_ns)),
            _amount(month, row.atoms),
            _amount(month, row.counted_atoms),
            _when(row.as_of_ns),
        )
        for row in month.reserves
    ]
    names = ("no.", "custodian, account", "instrument", "currency", "days left", "amount", "counts", "attested as of")
    _table(pdf, names, rows, (1, 4, 3, 2, 2, 4, 4, 4))
    for title, shares in (("by instrument", month.by_instrument), ("by custodian", month.by_custodian)):
        parts = [(part.name, _amount(month, part.atoms), f"{decimal(part.share_ppm, 4)} %") for part in shares]
        _table(pdf, (title, "amount", "share"), parts, (3, 2, 1))


def _redemptions(pdf: FPDF, month: Month) -> None:
    _heading(pdf, "Redemptions")
    _words(pdf, f"Waiting at the end: {_amount(month, month.waiting_atoms)}.")
    rows = [
        (
            str(row.number),
            _when(row.asked_ns),
            _when(row.deadline_ns),
            _amount(month, row.atoms),
            _amount(month, row.paid_atoms),
            _when(row.paid_ns),
            "late" if row.late else "",
        )
        for row in month.redemptions
    ]
    _table(pdf, ("no.", "asked", "due", "amount", "paid", "wholly", ""), rows, (1, 4, 4, 4, 4, 4, 1))


def _movements(pdf: FPDF, month: Month) -> None:
    _heading(pdf, "What happened")
    rows = [
        (
            str(row.frame),
            _when(row.time_ns),
            row.kind.lower().replace("_", " "),
            str(row.number) if row.number >= 0 else "",
            _amount(month, row.atoms),
        )
        for row in month.movements
    ]
    _table(pdf, ("frame", "time", "what", "no.", "amount"), rows, (2, 4, 5, 1, 4))


def _lawful(pdf: FPDF, month: Month) -> None:
    _heading(pdf, "Lawful orders, ever")
    rows = [
        (
            row.kind,
            str(row.ordered),
            str(row.in_force),
            str(row.appeals),
            str(row.granted),
            _amount(month, row.taken_atoms),
        )
        for row in month.lawful
    ]
    _table(pdf, ("kind", "ordered", "in force", "appeals", "granted", "taken"), rows, (2, 2, 2, 2, 2, 3))


def _proof(pdf: FPDF, month: Month) -> None:
    proof = month.proof
    _heading(pdf, "Proof")
    _words(
        pdf,
        f"Every figure follows from the frames of the journal up to {month.last_frame}; re-execute them, or look the "
        f"cited frames up in the log of {proof.frames} frames. Their paths are in the JSON and CSV of this report.",
    )
    pdf.set_font("courier", size=_SMALL)
    lines = [f"log root     {proof.log_root}", f"event chain  {proof.event_chain}"]
    lines += [f"frame {cited.number:<6} {cited.hash}" for cited in proof.cited[:_CITED_MAX]]
    if len(proof.cited) > _CITED_MAX:
        lines.append(f"and {len(proof.cited) - _CITED_MAX} more")
    lines += [
        "",
        f"checkpoint in frame {proof.checkpoint_frame}:" if proof.checkpoint else "no checkpoint covers it yet",
    ]
    lines += proof.checkpoint.splitlines()
    for line in lines:
        pdf.multi_cell(0, 3.5, _plain(line) or " ", new_x="LMARGIN", new_y="NEXT")


def _heading(pdf: FPDF, text: str, size: int = _NORMAL + 2) -> None:
    pdf.ln(3)
    pdf.set_font("helvetica", "B", size)
    pdf.multi_cell(0, size / 2, _plain(text), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1)


def _words(pdf: FPDF, text: str) -> None:
    pdf.set_font("helvetica", size=_NORMAL)
    pdf.multi_cell(0, 4.5, _plain(text), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1)


def _table(pdf: FPDF, names: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    pdf.set_font("helvetica", size=_SMALL)
    aligned = tuple("RIGHT" if name in _FIGURES else "LEFT" for name in names)
    with pdf.table(
        col_widths=tuple(widths),
        line_height=4,
        text_align=aligned,
        cell_fill_color=240,
        cell_fill_mode=TableCellFillMode.ROWS,
    ) as table:
        for cells in [names, *rows[:_ROWS_MAX]]:
            row = table.row()
            for cell in cells:
                row.cell(_plain(cell))
    if len(rows) > _ROWS_MAX:
        _words(pdf, f"And {len(rows) - _ROWS_MAX} more, in JSON and CSV.")
    pdf.ln(2)


def _amount(month: Month, atoms: int) -> str:
    return decimal(atoms, month.scale)


def _moment(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns // NS_PER_S, UTC)


def _when(time_ns: int) -> str:
    return f"{_moment(time_ns):%Y-%m-%d %H:%M:%S}" if time_ns >= 0 else ""


def _plain(text: str) -> str:
    """What the built-in fonts cannot show as its code."""
    return text.encode("latin-1", "backslashreplace").decode("latin-1")
