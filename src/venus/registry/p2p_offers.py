"""With which of his payment accounts a maker offers an advert: where he is paid, or what he pays from.

Methods that are not to be awaited block for SQL.
"""

import threading

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.gathering import Gathering
from venus.registry.p2p_tables import AdvertAccountRow


class OfferRecord:
    def __init__(self, session: sessionmaker[Session], lock: threading.Lock, reading: Gathering) -> None:
        self._session = session
        self._lock = lock
        self._reading = reading

    def note(self, advert: int, payment_accounts: list[int]) -> None:
        """These and no others from now on."""
        with self._lock, self._session.begin() as session:
            session.execute(delete(AdvertAccountRow).where(AdvertAccountRow.advert == advert))
            session.add_all(AdvertAccountRow(advert=advert, payment_account=one) for one in payment_accounts)

    async def of(self, advert: int) -> list[int]:
        """Numbers of payment accounts; none for an advert that was never noted."""
        return await self._reading.do(lambda connection: list(connection.scalars(_OF, {"advert": advert})))

    def adverts_with(self, payment_account: int) -> list[int]:
        """Adverts that were noted with it, closed ones too."""
        query = select(AdvertAccountRow.advert).where(AdvertAccountRow.payment_account == payment_account)
        with self._session() as session:
            return list(session.scalars(query))


_OF = (
    select(AdvertAccountRow.payment_account)
    .where(AdvertAccountRow.advert == bindparam("advert"))
    .order_by(AdvertAccountRow.payment_account)
)
