"""A register of VAT numbers to test with: it speaks the Commission's REST interface, and knows what it is told.

A number is valid if it is registered here; with `requester...` fields the answer has a consultation reference. `POST
/control` with `{"down": ["DE"], "slow_seconds": 9}` makes member states (or `*`, the whole service) unavailable, and
answers late. `GET /consultations` lists what was asked.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MEMBERS = "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()  # noqa: SIM905


class ViesDouble:
    """The routes over one list of registered numbers."""

    def __init__(self, registered: Iterable[str] = ()) -> None:
        self._registered = set(registered)
        self._down: set[str] = set()
        self._slow_seconds = 0.0
        self._consultations: list[dict[str, Any]] = []

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/check-vat-number", self.check, methods=["POST"]),
                Route("/consultations", self.consultations, methods=["GET"]),
                Route("/control", self.control, methods=["POST"]),
            ]
        )

    async def check(self, request: Request) -> Response:
        body = await request.json()
        self._consultations.append(body)
        await asyncio.sleep(self._slow_seconds)
        country, number = body.get("countryCode"), body.get("vatNumber")
        if "*" in self._down:
            return _fault(500, "SERVICE_UNAVAILABLE")
        if country not in MEMBERS or not number:
            return _fault(400, "VOW-ERR-1", "Invalid input")
        if country in self._down:
            return _fault(500, "MS_UNAVAILABLE")
        is_valid = f"{country}{number}" in self._registered
        return JSONResponse(
            {
                "countryCode": country,
                "vatNumber": number,
                "requestDate": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "valid": is_valid,
                "requestIdentifier": self._reference(body) if is_valid else "",
                "name": "---",
                "address": "---",
                "traderName": "---",
                "traderStreet": "---",
                "traderPostalCode": "---",
                "traderCity": "---",
                "traderCompanyType": "---",
                "traderNameMatch": "NOT_PROCESSED",
                "traderStreetMatch": "NOT_PROCESSED",
                "traderPostalCodeMatch": "NOT_PROCESSED",
                "traderCityMatch": "NOT_PROCESSED",
                "traderCompanyTypeMatch": "NOT_PROCESSED",
            }
        )

    async def consultations(self, _request: Request) -> Response:
        return JSONResponse(self._consultations)

    async def control(self, request: Request) -> Response:
        told = await request.json()
        self._down = set(told.get("down", ()))
        self._slow_seconds = float(told.get("slow_seconds", 0))
        self._registered |= set(told.get("registered", ()))
        return JSONResponse({"down": sorted(self._down), "slow_seconds": self._slow_seconds})

    def _reference(self, body: dict[str, Any]) -> str:
        """Given to those alone who say who they are."""
        if not (body.get("requesterMemberStateCode") and body.get("requesterNumber")):
            return ""
        return f"WAPIAAAA{len(self._consultations):08d}"


def _fault(status: int, error: str, message: str | None = None) -> Response:
    wrapper = {"error": error} | ({"message": message} if message else {})
    return JSONResponse({"actionSucceed": False, "errorWrappers": [wrapper]}, status_code=status)
