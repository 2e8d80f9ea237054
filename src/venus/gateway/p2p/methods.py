"""The catalogue of currencies and ways to pay, as the door reads and tells it. Source: packs/p2p_methods.py."""

from typing import Any

from venus.gateway.issuance.refusals import refused
from venus.gateway.p2p.refusals import no_such_method
from venus.p2p.risk import MethodRisk
from venus.packs.p2p_methods import Method, catalogue, method_of
from venus.records.p2p import Fiat
from venus.records.rejects import Reject
from venus.units import decimal

_UNKNOWN_UNIT = 100
"""Whole units that limits are counted in, of a currency that the catalogue does not have."""


class Methods:
    def named(self, key: str, fiat: str) -> Method:
        """One by which a currency is paid; raises ApiError."""
        found = method_of(key)
        if found is None or fiat not in found.fiats:
            raise no_such_method(key)
        return found

    def known(self, key: str) -> Method:
        """Raises ApiError."""
        found = method_of(key)
        if found is None:
            raise no_such_method(key)
        return found

    def numbered(self, number: int) -> Method:
        """Raises ApiError for a number that the catalogue does not have."""
        found = catalogue().methods.get(number)
        if found is None:
            raise refused(Reject.UNKNOWN_METHOD)
        return found

    def key_of(self, number: int) -> str:
        """For answers: a number that stands for nothing is told as it is."""
        found = catalogue().methods.get(number)
        return str(number) if found is None else found.key

    def names_of(self, fiat: str) -> tuple[str, str]:
        """English and Chinese."""
        found = catalogue().currencies.get(fiat)
        return (fiat, fiat) if found is None else (found.name_en, found.name_zh)

    def unit(self, fiat: Fiat) -> int:
        """Minor units of about 100 US dollars."""
        found = catalogue().currencies.get(fiat.code)
        return (_UNKNOWN_UNIT if found is None else found.unit) * 10**fiat.exponent

    def fiat_max(self, method: Method, fiat: Fiat) -> int:
        """The most that one order may be, in minor units."""
        return catalogue().risks[method.risk].units_max * self.unit(fiat)

    def risk(self, method: Method) -> MethodRisk:
        return MethodRisk(method.risk)

    def told(self, fiats: tuple[Fiat, ...]) -> list[dict[str, Any]]:
        """All by which one of these currencies is paid. Limits are those of its first currency here."""
        by_code = {fiat.code: fiat for fiat in fiats}
        return [
            {
                "method": one.key,
                "nameEn": one.name_en,
                "nameZh": one.name_zh,
                "fiats": here,
                "risk": one.risk,
                "retainDays": one.retain_days,
                "fiatMax": decimal(self.fiat_max(one, by_code[here[0]]), by_code[here[0]].exponent),
                "fields": [field.field for field in one.fields if field.field != "name"],
                "required": [field.field for field in one.fields if field.is_required and field.field != "name"],
            }
            for one in catalogue().methods.values()
            if (here := [code for code in one.fiats if code in by_code])
        ]
