"""venus purse: a device that pays offline, as a file; and an operator's desk, which joins it to the ledger.

Messages are lines of text: printed, or written to a file or as a QR code; taken as an argument, from a file (@FILE) or
from stdin (-). Source: docs/rules/purses.md.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from venus.cli import device_file, purse_desk
from venus.cli.device_file import BadDevice
from venus.cli.words import fail
from venus.purse.device import Device, PurseRefused, Trust
from venus.purse.messages import BadMessage, Certificate, Message, Paid, Request, parse, text_of
from venus.records.purses import NONCE_BYTES
from venus.sdk.payment_requests import qr_picture

app = App(name="purse", help="Pay offline from one device to another, and settle on the ledger.")
for command in purse_desk.COMMANDS:
    app.command(command)

Picture = Annotated[Path | None, Parameter(help="Write the message as a QR code too: FILE.svg or FILE.png.")]


@app.command
def make(file: Path, /, *, trust: Annotated[list[Path], Parameter(help="Operators' trust files.")]) -> int:
    """Make a device with a new key, in a file of its own; print its public key for an operator's desk."""

    def do() -> Any:
        trusts = [_trust(path) for path in trust]
        device = Device(seed=os.urandom(32), trusts=trusts)
        device_file.make(file, device)
        return {"file": str(file), "publicKey": device.key.hex()}

    return _told(do)


@app.command
def load(file: Path, card: str, /) -> int:
    """Take the certificate that an operator's desk printed."""

    def do() -> Any:
        with device_file.using(file) as device:
            device.load(parse(_text(card), Certificate))
            return _facts(device)

    return _told(do)


@app.command
def ask(file: Path, atoms: int, /, *, qr: Picture = None) -> int:
    """Ask for a payment; print the request, for the payer's device."""

    def do() -> Any:
        with device_file.using(file) as device:
            asked = device.ask(atoms, os.urandom(NONCE_BYTES), time.time_ns())
        return _shown(asked, qr)

    return _told(do)


@app.command
def pay(file: Path, request: str, /, *, qr: Picture = None) -> int:
    """Answer a request; print the payment, for the payee's device. The same request is paid once."""

    def do() -> Any:
        asked = parse(_text(request), Request)
        with device_file.using(file) as device:
            paid = device.pay(asked, time.time_ns())
        return _shown(paid, qr)

    return _told(do)


@app.command
def receive(file: Path, payment: str, /) -> int:
    """Check a payment and keep it until it is settled."""

    def do() -> Any:
        paid = parse(_text(payment), Paid)
        with device_file.using(file) as device:
            device.receive(paid, time.time_ns())
            return {"received": paid.payment.atoms, "from": paid.payment.purse} | _facts(device)

    return _told(do)


@app.command
def show(file: Path, /) -> int:
    """What a device has: its purse, what is left, what it received and not settled."""
    return _told(lambda: _facts(device_file.read(file)))


def _trust(path: Path) -> Trust:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Trust)
    except msgspec.DecodeError as error:
        raise BadDevice(f"{path} is no trust file: {error}") from None


def _facts(device: Device) -> dict[str, Any]:
    card = device.card
    return {
        "purse": card.purse if card else None,
        "left": device.left_atoms,
        "payments": device.counter,
        "received": device.taken_atoms,
        "maySpendPerPayment": card.payment_atoms_max if card else 0,
        "mayHold": card.holds_atoms_max if card else 0,
        "expires": card.expires_ns if card else 0,
    }


def _text(given: str) -> str:
    """An argument, a file's line, or stdin's."""
    if given == "-":
        return sys.stdin.read().strip()
    return Path(given[1:]).read_text().strip() if given.startswith("@") else given.strip()


def _shown(message: Message, qr: Path | None) -> str:
    text = text_of(message)
    if qr is not None:
        qr.write_bytes(qr_picture(text, qr.suffix.removeprefix(".")))
    return text


def _told(do: Callable[[], Any]) -> int:
    """Print what came of it, a message as it is, facts as JSON; say what went wrong."""
    try:
        came = do()
    except (PurseRefused, BadMessage, BadDevice, ValueError, OSError) as error:
        return fail(str(error))
    print(came if isinstance(came, str) else msgspec.json.format(msgspec.json.encode(came)).decode())
    return 0
