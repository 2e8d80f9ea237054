"""All that is asked of the wallet."""

from venus.gateway.binance.wallet import (
    account,
    assets,
    c2c,
    convert,
    deposits,
    dust,
    sub_accounts,
    sub_transfers,
    system,
    transfers,
    withdrawals,
)

_SUBJECTS = (
    *(system, account, assets, deposits, withdrawals, transfers),
    *(sub_accounts, sub_transfers, convert, dust, c2c),
)
ENDPOINTS = tuple(endpoint for subject in _SUBJECTS for endpoint in subject.ENDPOINTS)
