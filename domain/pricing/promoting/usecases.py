"""What staff does with promotions and their codes. An edit takes effect at once; what was promised before it stands."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from domain.pricing.coupons.model import MAX_CODE_LENGTH, check_pattern, folded, made_codes
from domain.pricing.discounts import Funding
from domain.pricing.promoting.ports import StoredPromotion, UnitOfWork
from domain.pricing.promotions.actions import FreeGift
from domain.pricing.promotions.forms import read_action, read_conditions
from domain.pricing.promotions.model import NO_CAP, Promotion, ReturnRule, Stacking, UnitCap
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import PromotionId, VendorId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money
from domain.shared.text import is_plain

MAX_NAME_LENGTH = 200
MAX_GROUP_LENGTH = 64
MAX_PRIORITY = 1_000_000
MAX_LIMIT = 2_000_000_000
MAX_REMOVED = 10_000


@dataclass(frozen=True, slots=True)
class UpsertPromotion:
    """Make a promotion, or change all that one says; `expected_version` refuses if somebody else was faster.

    Conditions and action are documents as `domain.pricing.promotions.forms` reads them. A `code` is added to those that
    the promotion has; with `needs_code` it waits for codes that are made by the thousand.
    """

    id: PromotionId | None
    name: str
    starts_at: datetime
    conditions: object
    action: object
    ends_at: datetime | None = None
    code: str | None = None
    needs_code: bool = False
    priority: int = 100
    stacking: Stacking = Stacking.COMBINES
    exclusion_group: str | None = None
    usage_limit: int | None = None
    per_customer_limit: int | None = None
    budget: Money | None = None
    unit_cap: UnitCap = NO_CAP
    funding: Funding = Funding.PLATFORM
    vendor_id: VendorId | None = None
    is_public: bool = True
    return_rule: ReturnRule = ReturnRule.KEEP
    translations: object = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class GenerateCodes:
    """Make `count` codes that open a promotion, each for `usage_limit` orders, by a pattern like `SUMMER-????##`."""

    promotion_id: PromotionId
    count: int
    pattern: str
    usage_limit: int | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class RemoveCodes:
    """Delete codes, so that nobody can use them any more; orders keep what they were given."""

    promotion_id: PromotionId
    codes: tuple[str, ...]


async def upsert_promotion(uow: UnitOfWork, command: UpsertPromotion) -> PromotionId:
    """Refused with INVALID or REQUIRED at the path of each value that cannot be understood."""
    _check(command)
    promotion = _promotion(command, command.id or PromotionId(uow.new_id("promotion")))
    async with uow:
        await _check_references(uow, promotion)
        known = await _known(uow, command)
        if known is None:
            await uow.promotions.add(promotion)
        else:
            promotion = replace(promotion, needs_code=promotion.needs_code or known.promotion.needs_code)
            await uow.promotions.save(promotion, version=known.version + 1)
        if command.code is not None:
            await _add_code(uow, promotion.id, command.code)
        uow.record(_changed(promotion.id))
        await uow.commit()
    return promotion.id


async def archive_promotion(uow: UnitOfWork, promotion_id: PromotionId) -> PromotionId:
    """End a promotion for good. Checkouts that were promised its price keep it; archiving twice is as once."""
    async with uow:
        known = await uow.promotions.lock(promotion_id)
        if known is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such promotion.", "id")
        if known.archived_at is None:
            await uow.promotions.archive(promotion_id)
            uow.record(_changed(promotion_id))
            await uow.commit()
    return promotion_id


async def generate_codes(uow: UnitOfWork, command: GenerateCodes, *, choose: Callable[[str], str]) -> PromotionId:
    """`choose` picks one character of a text so that nobody can foretell it. All codes, or none."""
    check_pattern(command.pattern, command.count)
    _check_limit(command.usage_limit, "usage_limit")
    act = once(command, scope=command.promotion_id, key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.begin(act) is not None:
            return command.promotion_id
        await _openable(uow, command.promotion_id)
        missing = command.count
        while missing:
            codes = made_codes(command.pattern, missing, choose)
            written = await uow.promotions.add_codes(command.promotion_id, codes, usage_limit=command.usage_limit)
            missing -= len(written)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return command.promotion_id


async def remove_codes(uow: UnitOfWork, command: RemoveCodes) -> PromotionId:
    if len(command.codes) > MAX_REMOVED:
        raise refuse(ErrorCode.INVALID, f"At most {MAX_REMOVED} codes are deleted at once.", "codes")
    codes = [folded(code) for code in command.codes if is_plain(code)]
    async with uow:
        await _openable(uow, command.promotion_id)
        await uow.promotions.remove_codes(command.promotion_id, codes)
        await uow.commit()
    return command.promotion_id


def _check(command: UpsertPromotion) -> None:
    group = command.exclusion_group
    wrong = {
        ("name",): not 0 < len(command.name.strip()) <= MAX_NAME_LENGTH or not is_plain(command.name),
        ("ends_at",): command.ends_at is not None and command.ends_at <= command.starts_at,
        ("conditions",): not _is_storable(command.conditions),
        ("action",): not _is_storable(command.action),
        ("priority",): abs(command.priority) > MAX_PRIORITY,
        ("exclusion_group",): group is not None and (not 0 < len(group) <= MAX_GROUP_LENGTH or not is_plain(group)),
        ("code",): command.code is not None
        and (not 0 < len(command.code.strip()) <= MAX_CODE_LENGTH or not is_plain(command.code)),
        ("budget", "amount_minor"): command.budget is not None and command.budget.minor <= 0,
    }
    problems = [
        Problem(ErrorCode.INVALID, "This value is not possible.", path) for path, is_so in wrong.items() if is_so
    ]
    if problems:
        raise Refused(*problems)
    _check_limit(command.usage_limit, "usage_limit")
    _check_limit(command.per_customer_limit, "per_customer_limit")
    _check_limit(command.unit_cap.total, "unit_cap")
    _check_limit(command.unit_cap.per_customer, "unit_cap_per_customer")


def _is_storable(document: object) -> bool:
    """Whether every text within is one that can be stored."""
    if isinstance(document, str):
        return is_plain(document)
    if isinstance(document, Mapping):
        return all(_is_storable(name) and _is_storable(value) for name, value in document.items())
    return not isinstance(document, list | tuple) or all(map(_is_storable, document))


def _check_limit(limit: int | None, *path: str) -> None:
    if limit is not None and not 1 <= limit <= MAX_LIMIT:
        raise refuse(ErrorCode.INVALID, f"A limit is 1 to {MAX_LIMIT}.", *path)


def _promotion(command: UpsertPromotion, promotion_id: PromotionId) -> Promotion:
    selection, conditions = read_conditions(command.conditions, "conditions")
    budget = command.budget
    return Promotion(
        id=promotion_id,
        name=command.name.strip(),
        action=read_action(command.action, "action"),
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        translations=_translations(command.translations),
        needs_code=command.needs_code or command.code is not None,
        priority=command.priority,
        stacking=command.stacking,
        exclusion_group=command.exclusion_group,
        funding=command.funding,
        vendor_id=command.vendor_id,
        selection=selection,
        conditions=conditions,
        usage_limit=command.usage_limit,
        per_customer_limit=command.per_customer_limit,
        budget=None if budget is None else {budget.currency: budget.minor},
        unit_cap=command.unit_cap,
        is_public=command.is_public,
        return_rule=command.return_rule,
    )


def _translations(document: object) -> Mapping[str, Mapping[str, Any]] | None:
    """`{"de": {"name": "..."}}`."""
    if document is None:
        return None
    if not isinstance(document, Mapping) or not all(_is_name(words) for words in document.values()):
        message = 'Names by language are wanted here: {"de": {"name": "..."}}.'
        raise refuse(ErrorCode.INVALID, message, "translations")
    return document


def _is_name(words: object) -> bool:
    name = words.get("name") if isinstance(words, Mapping) and set(words) == {"name"} else None
    return isinstance(name, str) and 0 < len(name.strip()) <= MAX_NAME_LENGTH and is_plain(name)


async def _check_references(uow: UnitOfWork, promotion: Promotion) -> None:
    if promotion.vendor_id is not None and not await uow.promotions.is_vendor(promotion.vendor_id):
        raise refuse(ErrorCode.NOT_FOUND, "No such vendor.", "vendor_id")
    if isinstance(promotion.action, FreeGift):
        await _check_gift(uow, promotion.action)


async def _check_gift(uow: UnitOfWork, gift: FreeGift) -> None:
    for offer_id in gift.offers:
        if not await uow.promotions.is_offer(offer_id):
            raise refuse(ErrorCode.NOT_FOUND, "No such offer.", "action", "offers" if gift.others else "offer")


async def _known(uow: UnitOfWork, command: UpsertPromotion) -> StoredPromotion | None:
    if command.id is None:
        return None
    known = await uow.promotions.lock(command.id)
    if known is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such promotion.", "id")
    if known.archived_at is not None:
        raise refuse(ErrorCode.INVALID_TRANSITION, "This promotion is archived; make another.", "id")
    if command.expected_version not in (None, known.version):
        raise refuse(ErrorCode.VERSION_CONFLICT, f"The promotion is at version {known.version}.", "expected_version")
    return known


async def _add_code(uow: UnitOfWork, promotion_id: PromotionId, code: str) -> None:
    if await uow.promotions.add_codes(promotion_id, [code.strip()], usage_limit=None):
        return
    coupon = await uow.promotions.coupon(folded(code))
    if coupon is None or coupon.promotion_id != promotion_id:
        raise refuse(ErrorCode.INVALID, "This code opens another promotion.", "code")


async def _openable(uow: UnitOfWork, promotion_id: PromotionId) -> None:
    known = await uow.promotions.lock(promotion_id)
    if known is None or known.archived_at is not None:
        raise refuse(ErrorCode.NOT_FOUND, "No such promotion.", "promotion_id")
    if not known.promotion.needs_code:
        raise refuse(ErrorCode.INVALID, "This promotion applies without a code.", "promotion_id")


def _changed(promotion_id: PromotionId) -> Event:
    return Event(EventType.PROMOTION_CHANGED, promotion_id)
