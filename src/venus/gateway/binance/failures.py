"""Whatever ends an operation, as this API says it: one table for every door that serves the same endpoints."""

import traceback

import structlog

from venus.engine.client import EngineGone, EngineOverloaded, EngineRefused
from venus.gateway.binance import errors
from venus.gateway.binance.errors import ApiError

_log = structlog.get_logger(__name__)


def api_error(error: Exception, operation: str) -> ApiError:
    """A refusal as it is; a failure of the engine, or of our own, in the API's words. `operation` is for the log."""
    match error:
        case ApiError():
            return error
        case EngineOverloaded():
            return errors.overloaded()
        case EngineRefused():
            return errors.not_now(stopping=error.refusal.name == "STOPPING")
        case EngineGone():
            return errors.outcome_unknown()
        case TimeoutError():
            return errors.timed_out()
        case _:
            _log_bug(operation, error)
            return errors.unknown_failure()


def _log_bug(operation: str, error: Exception) -> None:
    """Where it happened, and nothing of whom it happened to: a renderer given the exception may print variables, and
    among them are secrets."""
    _log.error("request failed", operation=operation, trace="".join(traceback.format_exception(error)))
