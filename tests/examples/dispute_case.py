"""A dispute between two people as a journal has it, and the bundle of it, made from nothing but keys and commands."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.journal.delegated import delegate, sign_delegated
from venus.journal.frames import FrameKind, hashed_bytes
from venus.journal.merkle import MerkleTree
from venus.journal.notes import Checkpoint, Signer, sign_note
from venus.journal.receipts import RECEIPTS_KEY
from venus.journal.store import FileStore
from venus.p2p.bundle import (
    FORMAT,
    AssetTold,
    Bundle,
    FileTold,
    FrameProof,
    InstitutionTold,
    PersonTold,
    SeatTold,
    TimerTold,
    Told,
    signed_text,
)
from venus.p2p.chat import Draft, Message, Sender, head_bytes, placed, said, shown
from venus.p2p.chat import told as told_message
from venus.p2p.texts import AdvertText, Evidence, Grounds, Requirements, encoded, text_hash
from venus.records import p2p
from venus.records.approvals import Approval, exchange_digest, statement
from venus.records.commands import ColdCommand, PlainCommand, approved, encode_cold
from venus.records.institutions import Role, Scheme
from venus.records.p2p import PRICE_UNIT
from venus.units import NS_PER_MS, NS_PER_S

MINUTE_NS = 60 * NS_PER_S
SELLER, BUYER, STRANGER = 7, 8, 9
SELLER_PERSON, BUYER_PERSON = 70, 80
ARBITER, QUORUM = 3, 2
SEATS = ((101, Role.MAKER), (102, Role.CHECKER), (SELLER_PERSON, Role.CHECKER))
BTC = 2
EXCHANGE = exchange_digest("venus.example", "venus.example", "https://venus.example")
FILE = "ab" * 32

TERMS = p2p.SetP2pTerms(
    reference="terms",
    arbiter=ARBITER,
    maker_fee_ppm=1_000,
    taker_fee_ppm=2_000,
    fiats=(p2p.Fiat(code="CNY", exponent=2),),
    assets=(p2p.Tradable(asset=BTC, atoms_min=1_000, large_atoms=50_000_000),),
    pay_ns_min=5 * MINUTE_NS,
    pay_ns_max=60 * MINUTE_NS,
    release_ns=15 * MINUTE_NS,
    evidence_ns=24 * 60 * MINUTE_NS,
    aftermath_ns=7 * 24 * 60 * MINUTE_NS,
    index_ns=2 * MINUTE_NS,
    bond_asset=BTC,
    slash_atoms=10_000,
)
ADVERT_TEXT = encoded(AdvertText(terms="Only from your own account.", auto_reply="Hello", requirements=Requirements()))


class Case:
    """Commands go in one by one, a minute apart unless said otherwise; `bundle` is what the exchange would give."""

    def __init__(self, folder: Path) -> None:
        self.store = FileStore.open(folder / "journal", segment_bytes=1 << 20, reserve_bytes=0)
        self.journal_key = Signer("venus/journal", Ed25519PrivateKey.generate())
        self.receipts_key = Signer(RECEIPTS_KEY, Ed25519PrivateKey.generate())
        self.seat_keys = [Ed25519PrivateKey.generate() for _ in SEATS]
        self.time_ns = 1_700_000_000 * NS_PER_S
        self.sequence = 0
        self.order = 0
        self.said: list[int] = []  # frames of the case
        self.chat: list[Message] = []
        self.texts: dict[str, str] = {}
        self.timers: list[TimerTold] = []

    def put(self, kind: type[PlainCommand], *, after_ns: int = MINUTE_NS, **fields: Any) -> int:
        """The next command, which is of the case; its sequence."""
        command = kind(reference=f"ref-{self.sequence}", **fields)
        return self.append(command, after_ns=after_ns)

    def judge(self, kind: type[PlainCommand], *seats: int, **fields: Any) -> int:
        """A command of the arbiter, with the approvals of these seats."""
        command = kind(reference=f"ref-{self.sequence}", **fields)
        expires_ns = self.time_ns + 60 * MINUTE_NS
        encoded_command = encode_cold(command)
        approvals = []
        for seat in seats:
            signed = self.seat_keys[seat].sign(statement(EXCHANGE, ARBITER, seat, expires_ns, encoded_command))
            approvals.append(
                Approval(
                    institution=ARBITER,
                    seat=seat,
                    expires_ns=expires_ns,
                    signature=signed,
                    authenticator_data=b"",
                    client_data=b"",
                )
            )
        return self.append(approved(command, *approvals))

    def append(self, command: ColdCommand, *, after_ns: int = MINUTE_NS, is_of_case: bool = True) -> int:
        self.time_ns += after_ns
        self.sequence += 1
        appended = self.store.append(FrameKind.COLD, self.sequence, 1, self.time_ns, [encode_cold(command)])
        if is_of_case:
            self.said.append(appended.number)
        return self.sequence

    def open(self, atoms: int = 10_000_000, **more: Any) -> int:
        """Terms, an advert that sells, and an order that takes of it."""
        self.append(TERMS)
        digest = self.write(ADVERT_TEXT)
        offer = {"side": 1, "asset": BTC, "fiat": "CNY", "atoms": 100_000_000, "fiat_min": 100, "fiat_max": 10**9}
        offer |= {"price": 500_000 * PRICE_UNIT, "margin_ppm": 0, "pay_ns": 15 * MINUTE_NS, "methods": (1, 2)}
        advert = self.put(p2p.PostAdvert, account=SELLER, text_hash=digest, **(offer | more))
        self.strange()
        take = {"amount": atoms, "in_fiat": 0, "price_limit": 500_000 * PRICE_UNIT, "method": 1, "retain_days": 1}
        take |= {"payer_hash": b"p" * 32, "payee_hash": b"q" * 32, "terms_hash": digest}
        self.order = self.put(p2p.TakeAdvert, advert=advert, account=BUYER, **take)
        self.say(told_message(str(self.order), "Pay within 15 minutes.", "请在15分钟内付款。", self.time_ms))
        return self.order

    def strange(self) -> None:
        """A command of somebody else between those of the case."""
        self.append(p2p.EnrolTrader(reference=f"ref-{self.sequence}", account=STRANGER, person=90), is_of_case=False)

    @property
    def time_ms(self) -> int:
        return self.time_ns // NS_PER_MS

    @property
    def head(self) -> bytes:
        return head_bytes(self.chat[-1].hash) if self.chat else b""

    def say(self, draft: Draft) -> None:
        self.chat.append(placed(draft, len(self.chat) + 1, self.chat[-1].hash if self.chat else ""))

    def talk(self, sender: Sender, text: str) -> None:
        self.say(said(str(self.order), sender, text, self.time_ms))

    def show(self, sender: Sender) -> None:
        self.say(shown(str(self.order), sender, FILE, "receipt.png", "image/png", self.time_ms))

    def write(self, text: bytes) -> bytes:
        """Keep a text; its hash."""
        self.texts[text_hash(text).hex()] = text.decode()
        return text_hash(text)

    def evidence(self, by: str, text: str) -> bytes:
        return self.write(encoded(Evidence(order=str(self.order), by=by, text=text, files=(FILE,))))

    def grounds(self, text: str) -> bytes:
        return self.write(encoded(Grounds(order=str(self.order), text=text)))

    def bundle(self) -> Bundle:
        """As the exchange gives it: signed."""
        frames = list(self.store.reader.frames())
        tree = MerkleTree(frame.hash for frame in frames)
        checkpoint = Checkpoint("venus/journal", tree.size, tree.root(), b"e" * 32)
        proofs = [
            FrameProof(
                number=number,
                frame=b64encode(hashed_bytes(frames[number])).decode(),
                path=tuple(b64encode(node).decode() for node in tree.inclusion_proof(number)),
            )
            for number in self.said
        ]
        return self.sign(
            Bundle(
                format=FORMAT,
                order=self.order,
                verifier=self.journal_key.verifier.text(),
                checkpoint=sign_note(checkpoint.text(), [self.journal_key]).decode(),
                frames=tuple(proofs),
                told=self._told(),
                chat=tuple(self.chat),
                texts=self.texts,
                files=(FileTold(hash=FILE, type="image/png", bytes=1_000),),
                declared=(),
                signature="",
            )
        )

    def sign(self, bundle: Bundle) -> Bundle:
        """With the receipts key, whatever it says: as an exchange would that lies."""
        delegation = delegate(self.receipts_key.verifier, self.journal_key)
        signature = sign_delegated(signed_text(bundle), self.receipts_key, delegation).decode()
        return msgspec.structs.replace(bundle, signature=signature)

    def close(self) -> None:
        self.store.close()

    def _told(self) -> Told:
        seats = tuple(
            SeatTold(
                institution=ARBITER,
                seat=number,
                person=person,
                role=role,
                scheme=Scheme.ED25519,
                key=b64encode(key.public_key().public_bytes_raw()).decode(),
                from_ns=0,
                until_ns=0,
            )
            for number, ((person, role), key) in enumerate(zip(SEATS, self.seat_keys, strict=True))
        )
        return Told(
            exchange=b64encode(EXCHANGE).decode(),
            relying_party="venus.example",
            page_origin="https://venus.example",
            maker_fee_ppm=TERMS.maker_fee_ppm,
            arbiter=ARBITER,
            assets=(AssetTold(asset=BTC, code="BTC", scale=8),),
            persons=(
                PersonTold(account=SELLER, person=SELLER_PERSON),
                PersonTold(account=BUYER, person=BUYER_PERSON),
            ),
            institutions=(InstitutionTold(institution=ARBITER, name="Arbiter", quorum=QUORUM),),
            seats=seats,
            timers=tuple(self.timers),
            relocked=(),
        )
