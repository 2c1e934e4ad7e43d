"""Businesses that buy: who acts for them, what each may spend, and when their invoices are due."""

from datetime import date, timedelta
from enum import Enum

from domain.pricing.taxation.facts import VatIdCheck
from domain.shared.errors import ErrorCode, Problem
from domain.shared.ids import CompanyId, CustomerId
from domain.shared.making import dataclass
from domain.shared.money import MAX_MINOR, Money
from domain.shared.text import is_plain

MAX_MEMBERS = 500
MAX_NAME_LENGTH = 200
MAX_NET_TERMS_DAYS = 365
SATURDAY, DAYS_OF_WEEK = 5, 7


class CompanyRole(Enum):
    """What a member may do for a company. All but a VIEWER buy for it; an ADMIN also sees who its members are."""

    ADMIN = "ADMIN"
    APPROVER = "APPROVER"
    BUYER = "BUYER"
    VIEWER = "VIEWER"

    @property
    def buys(self) -> bool:
        return self is not CompanyRole.VIEWER


@dataclass(frozen=True, slots=True)
class NetTerms:
    """How long after its date an invoice may be paid. `on_working_days`: what is due on a weekend is due on Monday."""

    days: int
    on_working_days: bool = False

    def due_on(self, issued_on: date) -> date:
        """Net `days` from the date of the invoice (rule B1). Bank holidays are not known, weekends are."""
        due = issued_on + timedelta(days=self.days)
        is_weekend = due.weekday() >= SATURDAY
        return due + timedelta(days=DAYS_OF_WEEK - due.weekday()) if self.on_working_days and is_weekend else due


@dataclass(frozen=True, slots=True)
class Company:
    """`vat_check` is what the register said of `vat_id` when it was asked last; `terms` None: paid at once."""

    id: CompanyId
    name: str
    vat_id: str | None = None
    vat_check: VatIdCheck | None = None
    terms: NetTerms | None = None
    version: int = 1

    @property
    def net_terms_days(self) -> int | None:
        return self.terms.days if self.terms else None

    @property
    def due_on_working_days(self) -> bool:
        return self.terms is not None and self.terms.on_working_days


@dataclass(frozen=True, slots=True)
class Membership:
    """That a customer acts for a company. `spending_limit`: what one order of theirs may come to; None for any sum."""

    company_id: CompanyId
    customer_id: CustomerId
    role: CompanyRole
    spending_limit: Money | None = None


@dataclass(frozen=True, slots=True)
class BuyingCompany:
    """A company as one customer buys for it, as it stands now. `role` is None once they are no member."""

    id: CompanyId
    name: str
    vat_id: str | None = None
    vat_check: VatIdCheck | None = None
    terms: NetTerms | None = None
    role: CompanyRole | None = None
    spending_limit: Money | None = None

    @property
    def lets_buy(self) -> bool:
        """Whether the customer may buy for it at all."""
        return self.role is not None and self.role.buys

    def refusal(self, total: Money) -> ErrorCode | None:
        """Why they may not order for `total`; None if they may. A limit in another currency permits nothing."""
        if not self.lets_buy:
            return ErrorCode.NOT_ALLOWED
        limit = self.spending_limit
        is_above = limit is not None and (limit.currency != total.currency or total > limit)
        return ErrorCode.SPENDING_LIMIT_EXCEEDED if is_above else None


def company_problems(name: str, terms: NetTerms | None) -> list[Problem]:
    """What is wrong with how staff describe a company."""
    problems = []
    if not 0 < len(name.strip()) <= MAX_NAME_LENGTH or not is_plain(name):
        message = f"A name has 1 to {MAX_NAME_LENGTH} characters, none of them a control character."
        problems.append(Problem(ErrorCode.INVALID, message, ("name",)))
    if terms is not None and not 0 <= terms.days <= MAX_NET_TERMS_DAYS:
        problems.append(Problem(ErrorCode.INVALID, f"0 to {MAX_NET_TERMS_DAYS} days.", ("net_terms_days",)))
    return problems


def limit_problems(limit: Money | None) -> list[Problem]:
    """What is wrong with a spending limit."""
    if limit is None or 0 <= limit.minor <= MAX_MINOR:
        return []
    return [Problem(ErrorCode.INVALID, "A limit is not negative.", ("spending_limit", "amount_minor"))]
