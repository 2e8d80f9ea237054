"""Messages come back as they were said, and the published schemas say of them what ours says.

The second opinion is xmlschema with the published XSDs of three message groups, which packages of the test environment
carry. Documents are ours, and ours broken in one place.
"""

import copy
from functools import cache
from importlib.metadata import distribution
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venus.iso20022 import resolutions, returns, statements, statuses, transfers
from venus.iso20022.documents import BadDocument, Money
from venus.iso20022.schema import NAMESPACE, SchemaBreach, check
from venus.units import NS_PER_S, NS_PER_US

CNY = Money("CNY", 2)
XSD_OF = {
    transfers.NAME: ("pacs008", f"pacs008/templates/{transfers.NAME}/{transfers.NAME}.xsd"),
    statements.STATEMENT_NAME: ("camt053", f"camt053/xsd/{statements.STATEMENT_NAME}.xsd"),
    statements.NOTICE_NAME: ("camt053", f"camt053/xsd/{statements.NOTICE_NAME}.xsd"),
}

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=35)
ACCOUNT = TEXT.map(lambda text: text[:34])
LONG_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=140)
ATOMS = st.integers(1, 10**15)
TIMES = st.integers(0, 4_000_000_000 * 1_000_000).map(lambda us: us * NS_PER_US)
PARTIES = st.builds(transfers.Party, agent=TEXT, account=ACCOUNT, name=TEXT)
TRANSFERS = st.builds(
    transfers.CreditTransfer,
    transaction=TEXT,
    end_to_end=TEXT,
    atoms=ATOMS,
    debtor=PARTIES,
    creditor=PARTIES,
    remittance=LONG_TEXT,
)
MESSAGES = st.builds(
    transfers.CreditTransfers,
    message=TEXT,
    created_ns=TIMES,
    settled_ns=st.integers(1, 40_000).map(lambda day: day * 86_400 * NS_PER_S),
    transfers=st.lists(TRANSFERS, min_size=1, max_size=4, unique_by=lambda one: one.transaction).map(tuple),
    instructing=TEXT,
    instructed=TEXT,
)
ENTRIES = st.builds(
    statements.Entry,
    reference=TEXT,
    atoms=ATOMS | ATOMS.map(int.__neg__),
    booked_ns=TIMES,
    kind=TEXT,
    transaction=TEXT,
    end_to_end=TEXT,
    other_account=ACCOUNT,
    remittance=LONG_TEXT,
)
STATUSES = st.builds(
    statuses.Status,
    transaction=TEXT,
    end_to_end=TEXT,
    state=st.just(statuses.State.REJECTED),
    reason=st.sampled_from(sorted(set(statuses.REASON_OF.values()))),
    words=TEXT,
    accepted_ns=TIMES,
    reference=TEXT,
)
RETURN_FIELDS = {"identification": TEXT, "about": TEXT, "transaction": TEXT, "end_to_end": TEXT, "atoms": ATOMS}

modest = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@modest
@given(MESSAGES)
def test_transfers_come_back(said: transfers.CreditTransfers):
    assert transfers.transfers_of(transfers.transfers_document(CNY, said), CNY) == said


@modest
@given(TEXT, TIMES, TEXT, st.lists(STATUSES, max_size=4))
def test_reports_come_back(message: str, created_ns: int, about: str, found: list[statuses.Status]):
    said = statuses.StatusReport(
        message=message, created_ns=created_ns, about=about, about_name=transfers.NAME, statuses=tuple(found)
    )
    assert statuses.report_of(statuses.report_document(said)) == said


@modest
@given(
    TEXT,
    TIMES,
    st.lists(
        st.builds(returns.Return, **RETURN_FIELDS, debtor_agent=TEXT, creditor_account=ACCOUNT),
        min_size=1,
        max_size=3,
        unique_by=lambda one: one.identification,
    ),
    st.lists(st.builds(returns.Cancellation, **RETURN_FIELDS), min_size=1, max_size=3),
)
def test_returns_and_requests_for_them_come_back(message, created_ns, given_back, asked):
    said = returns.Returns(message=message, created_ns=created_ns, returns=tuple(given_back))
    assert returns.returns_of(returns.returns_document(CNY, said), CNY) == said
    asks = returns.Cancellations(
        message=message, created_ns=created_ns, by="bank a", to="bank b", cancellations=tuple(asked)
    )
    assert returns.cancellations_of(returns.cancellations_document(CNY, asks), CNY) == asks


RESOLVED = st.builds(
    resolutions.Resolved,
    identification=TEXT,
    about=TEXT,
    transaction=TEXT,
    end_to_end=TEXT,
    state=st.sampled_from(resolutions.Resolution),
    reason=st.sampled_from(["CUST", "ARDT", "NOOR"]),
    words=TEXT,
)


@modest
@given(TEXT, TIMES, st.lists(RESOLVED, min_size=1, max_size=3))
def test_answers_to_requests_come_back(message, created_ns, resolved):
    said = resolutions.Resolutions(
        message=message, created_ns=created_ns, by="bank b", to="bank a", resolved=tuple(resolved)
    )
    assert resolutions.resolutions_of(resolutions.resolutions_document(said)) == said


@modest
@given(TEXT, TIMES, TEXT, ACCOUNT, st.integers(0, 10**15), st.lists(ENTRIES, max_size=4))
def test_statements_and_notices_come_back(message, created_ns, number, account, opening_atoms, entries):
    said = statements.Statement(
        message=message,
        created_ns=created_ns,
        number=number,
        account=account,
        operator="bank a",
        from_ns=0,
        to_ns=created_ns,
        opening_atoms=opening_atoms,
        closing_atoms=opening_atoms + sum(one.atoms for one in entries),
        entries=tuple(entries),
    )
    assert statements.statement_of(statements.statement_document(CNY, said), CNY) == said
    told = statements.Notice(
        message=message,
        created_ns=created_ns,
        number=number,
        account=account,
        operator="bank a",
        entries=tuple(entries),
    )
    assert statements.notice_of(statements.notice_document(CNY, told), CNY) == told


@cache
def published(name: str) -> xmlschema.XMLSchema:
    package, place = XSD_OF[name]
    return xmlschema.XMLSchema(str(distribution(package).locate_file(place)))


def examples() -> dict[str, bytes]:
    party = transfers.Party(agent="bank a", account="1001", name="ann")
    one = transfers.CreditTransfer(
        transaction="t1", end_to_end="e1", atoms=150, debtor=party, creditor=party, remittance="rent"
    )
    message = transfers.CreditTransfers(
        message="m1", created_ns=NS_PER_S, transfers=(one,), instructing="bank a", instructed="bank b"
    )
    entry = statements.Entry(
        reference="9", atoms=-150, booked_ns=NS_PER_S, kind="TRANSFERRED", transaction="t1", other_account="7"
    )
    common = {"message": "m1", "created_ns": NS_PER_S, "number": "1", "account": "1001", "operator": "bank a"}
    statement = statements.Statement(
        **common, from_ns=0, to_ns=NS_PER_S, opening_atoms=200, closing_atoms=50, entries=(entry,)
    )
    return {
        transfers.NAME: transfers.transfers_document(CNY, message),
        statements.STATEMENT_NAME: statements.statement_document(CNY, statement),
        statements.NOTICE_NAME: statements.notice_document(CNY, statements.Notice(**common, entries=(entry,))),
    }


EXAMPLES = examples()
NEW_TEXTS = [
    "",
    "x" * 36,
    "x" * 141,
    "CNY",
    "-1",
    "1.234567",
    "1e3",
    "2026-13-01",
    "true",
    "CLRG",
    "NOPE",
    "2026-11-27Z",
]
NEW_NAMES = ["Nope", "Cd", "Prtry", "Id", "Othr", "IBAN", "Amt", "MsgId", "Ustrd"]


def broken(data: st.DataObject, name: str) -> Element:
    """The example, with one to three things done to elements of it."""
    root = fromstring(EXAMPLES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        elements = list(root.iter())
        at = data.draw(st.sampled_from(elements))
        parents = {child: parent for parent in root.iter() for child in parent}
        act = data.draw(st.sampled_from(["drop", "double", "text", "rename", "swap", "attribute", "insert"]))
        parent = parents.get(at)
        if act == "text":
            at.text = data.draw(st.sampled_from(NEW_TEXTS))
        elif act == "attribute":
            at.set(data.draw(st.sampled_from(["Ccy", "Nope"])), data.draw(st.sampled_from(["CNY", "cny", "CNYX"])))
        elif act == "rename":
            at.tag = f"{{{NAMESPACE}{name}}}" + data.draw(st.sampled_from(NEW_NAMES))
        elif act == "insert":
            at.append(Element(f"{{{NAMESPACE}{name}}}" + data.draw(st.sampled_from(NEW_NAMES))))
        elif parent is not None and act == "drop":
            parent.remove(at)
        elif parent is not None and act == "double":
            parent.append(copy.deepcopy(at))
        elif parent is not None:
            parent[:] = data.draw(st.permutations(list(parent)))
    return root


@pytest.mark.parametrize("name", XSD_OF)
def test_what_we_write_fits_the_published_schema(name: str):
    published(name).validate(EXAMPLES[name].decode())


@pytest.mark.parametrize("name", XSD_OF)
@settings(max_examples=80, deadline=None)
@given(st.data())
def test_both_opinions_of_broken_documents_agree(name: str, data: st.DataObject):
    root = broken(data, name)
    try:
        check(root, name)
        ours = ""
    except SchemaBreach as error:
        ours = str(error)
    theirs = next(published(name).iter_errors(tostring(root, encoding="unicode")), None)
    assert bool(ours) == bool(theirs), (ours, theirs and theirs.reason, tostring(root))


@modest
@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_anything_else_is_refused_with_words(data: bytes):
    for reads in (transfers.transfers_of, returns.returns_of, statements.statement_of):
        with pytest.raises(BadDocument, match="document"):
            reads(data, CNY)
