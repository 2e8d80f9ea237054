"""All that is asked of orders and of what an account has of them."""

from venus.gateway.binance.trading import accounts, history, list_history, lists, orders, replace, sor

_SUBJECTS = (orders, replace, lists, sor, history, list_history, accounts)
ENDPOINTS = tuple(endpoint for subject in _SUBJECTS for endpoint in subject.ENDPOINTS)
