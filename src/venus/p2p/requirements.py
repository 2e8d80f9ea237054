"""Whether a taker is what a maker asks for. docs/rules/p2p_conduct.md, "Requirements"."""

from typing import NamedTuple

from venus.p2p.refusals import Refusal
from venus.p2p.reputation import PPM, Figures, completion_ppm
from venus.p2p.texts import Requirements


class Taker(NamedTuple):
    """Facts of who would take an advert."""

    days: int  # since he joined
    month: Figures
    country: str  # ISO 3166-1, of the verified identity
    met_before: bool  # an order with this maker was completed


def unmet(asked: Requirements, taker: Taker, fiat: int | None) -> list[Refusal]:
    """What of it he is not, in the order of Requirements; empty: he may take.

    fiat  minor units of the order; None: it is not known yet, so nothing is said of it
    """
    missing = []
    completion = completion_ppm(taker.month)
    if asked.min_completion_percent is not None and (
        completion is None or completion < asked.min_completion_percent * PPM // 100
    ):
        missing.append(Refusal.TAKER_COMPLETION)
    if asked.min_orders is not None and taker.month.completed < asked.min_orders:
        missing.append(Refusal.TAKER_ORDERS)
    if asked.min_days is not None and taker.days < asked.min_days:
        missing.append(Refusal.TAKER_DAYS)
    if asked.first_time_fiat_max is not None and not taker.met_before and (fiat or 0) > asked.first_time_fiat_max:
        missing.append(Refusal.TAKER_FIRST_TIME)
    if asked.countries is not None and taker.country not in asked.countries:
        missing.append(Refusal.TAKER_COUNTRY)
    return missing
