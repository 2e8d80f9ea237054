"""What everybody may ask of the market between people: days of it, and how many of what there were."""

import msgspec


class P2pStatisticsQuestion(msgspec.Struct, frozen=True, tag=True):
    days: int  # at most p2p_questions.DAYS_KEPT


class DayRow(msgspec.Struct, frozen=True):
    """Orders that were completed on a UTC day."""

    day: int  # since 1970
    fiat: str
    asset: int
    method: int
    orders: int
    atoms: int
    fiat_amount: int  # in proportion, of a split one
    index_fiat: int  # of it, what had an index at its opening
    spread_ppm: int  # mean of price ÷ index - 1 of that, weighed by fiat; 0 without


class P2pStatisticsAnswer(msgspec.Struct, frozen=True, tag=True):
    rows: list[DayRow]  # the newest day first


class P2pCountsQuestion(msgspec.Struct, frozen=True, tag=True):
    """How many there ever were."""


class P2pCountsAnswer(msgspec.Struct, frozen=True, tag=True):
    traders: int
    sanctioned: int  # now
    adverts: int  # posted
    online: int  # now
    orders: int  # opened
    completed: int
    cancelled: int
    disputes: int  # opened by somebody
    disputes_by_clock: int
    verdicts: int
    for_buyer: int  # of the verdicts: all to him; for_seller: all back; else split
    for_seller: int
    silences: int  # disputes that silence decided
    claims: int
    relocked: int
    slashed: int


def told_counts(counts: P2pCountsAnswer) -> dict[str, int]:
    """As the public record names them [docs/rules/public_record.md]."""
    return {
        "traders": counts.traders,
        "sanctionedNow": counts.sanctioned,
        "adverts": counts.adverts,
        "advertsOnline": counts.online,
        "orders": counts.orders,
        "completed": counts.completed,
        "cancelled": counts.cancelled,
        "disputes": counts.disputes,
        "disputesByClock": counts.disputes_by_clock,
        "verdicts": counts.verdicts,
        "verdictsForBuyer": counts.for_buyer,
        "verdictsForSeller": counts.for_seller,
        "decidedBySilence": counts.silences,
        "claims": counts.claims,
        "relocked": counts.relocked,
        "bondsSlashed": counts.slashed,
    }
