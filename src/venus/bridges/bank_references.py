"""What payers and payees write on a payment so that it is known: creditor references of ISO 11649.

Source: docs/rules/bank.md, "References". Two check digits (modulus 97) tell a slip of the pen from another account.
"""

import re

ACCOUNT_MAX, ASSET_MAX, REDEMPTION_MAX = 10**10 - 1, 10**4 - 1, 10**10 - 1
_BASE = 97
_LETTER_OFFSET = ord("A") - 10
# Fixed lengths: whatever stands behind one in a text cannot become a part of it.
_ANY = re.compile(r"(?=(RF[0-9]{2}(?:VA[0-9]{10}|VR[0-9]{14})))")
_NOISE = re.compile(r"[^A-Z0-9]")


def account_reference(account: int) -> str:
    """For money that comes in for an account."""
    assert 0 <= account <= ACCOUNT_MAX, account
    return _checked(f"VA{account:010}")


def redemption_reference(asset: int, redemption: int) -> str:
    """For the payment of a redemption of a coin, by the asset's number."""
    assert 0 <= asset <= ASSET_MAX and 0 <= redemption <= REDEMPTION_MAX, (asset, redemption)
    return _checked(f"VR{asset:04}{redemption:010}")


def accounts_in(text: str) -> set[int]:
    """Accounts that a text names, however it is cut into lines and groups."""
    return {int(body[2:]) for body in _bodies(text) if body.startswith("VA")}


def redemptions_in(text: str) -> set[tuple[int, int]]:
    """Assets and redemptions."""
    return {(int(body[2:6]), int(body[6:])) for body in _bodies(text) if body.startswith("VR")}


def _bodies(text: str) -> set[str]:
    compact = _NOISE.sub("", text.upper())
    return {found[4:] for found in _ANY.findall(compact) if _checked(found[4:]) == found}


def _checked(body: str) -> str:
    """With its check digits, ISO 7064 modulus 97-10."""
    return f"RF{_BASE + 1 - _number(body + 'RF00') % _BASE:02}{body}"


def _number(text: str) -> int:
    """Letters as 10 to 35."""
    return int("".join(one if one.isdigit() else str(ord(one) - _LETTER_OFFSET) for one in text))
