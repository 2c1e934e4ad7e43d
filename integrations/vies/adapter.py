"""The European Commission's register of VAT numbers, by its REST interface.

The member states answer, through the Commission: one of them being down says nothing of a number. Who asks under a VAT
number of their own is given a consultation reference, which is the evidence tax offices accept.
https://ec.europa.eu/assets/taxud/vow-information/swagger_publicVAT.yaml
"""

import re
from datetime import datetime
from functools import cache
from types import TracebackType
from typing import Any, Self

from domain.pricing.taxation.facts import VatIdCheck
from domain.pricing.taxation.ports import VatRegisterUnavailable
from integrations.http import LazyClient, Unanswered

TIMEOUT_SECONDS = 4.0
_UNNAMED = "---"
"""What member states that do not disclose names answer in their place."""


class Vies:
    """Implements `domain.pricing.taxation.ports.VatRegister`. `requester` is the VAT number that it asks under."""

    def __init__(self, url: str, *, requester: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._http = LazyClient(base_url=url, timeout_seconds=timeout_seconds)
        self._requester = requester

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def is_well_formed(self, vat_id: str) -> bool:
        pattern = _patterns().get(vat_id[:2])
        return pattern is not None and pattern.match(vat_id) is not None

    async def check(self, vat_id: str, *, now: datetime) -> VatIdCheck:
        asked = {"countryCode": vat_id[:2], "vatNumber": vat_id[2:]}
        if self._requester:
            asked |= {"requesterMemberStateCode": self._requester[:2], "requesterNumber": self._requester[2:]}
        answer = await self._post("check-vat-number", asked)
        name = answer.get("name")
        return VatIdCheck(
            vat_id,
            valid=answer["valid"],
            checked_at=now,
            reference=answer.get("requestIdentifier") or None,
            name=None if name == _UNNAMED else name,
        )

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        """The answer; one that says anything else than valid or not valid counts as none."""
        try:
            answer: dict[str, Any] = await self._http.json("POST", path, body)
        except Unanswered as error:
            raise VatRegisterUnavailable(str(error)) from error
        if not isinstance(answer.get("valid"), bool):
            raise VatRegisterUnavailable(str(answer.get("errorWrappers", "no answer")))
        return answer


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """How each member state, and Northern Ireland, writes its numbers, by their prefix."""
    from eu_vat_rates_data import get_all_rates  # noqa: PLC0415 - names in all languages, which no start needs

    found = {code: row for code, row in get_all_rates().items() if row["eu_member"] or code == "XI"}
    return {"EL" if code == "GR" else code: re.compile(row["pattern"]) for code, row in found.items()}
