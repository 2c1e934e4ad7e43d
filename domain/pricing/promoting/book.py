"""Every promotion in every version that may still matter, so that a price can be told again as it was told once.

Each edit of any promotion counts one revision of the book. Whoever is promised a price keeps the revision that it was
made with; the same revision and instant give the same promotions, in every process and after any edit (rule P18).
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime

from domain.pricing.promotions.model import Promotion
from domain.shared.ids import PromotionId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class PromotionVersion:
    """What a promotion said from one revision until before another, and when that was; None for until now."""

    promotion: Promotion
    from_revision: int
    until_revision: int | None
    valid_from: datetime
    valid_until: datetime | None

    def stands_at(self, revision: int) -> bool:
        return self.from_revision <= revision and (self.until_revision is None or revision < self.until_revision)

    def stood_at(self, moment: datetime) -> bool:
        return self.valid_from <= moment and (self.valid_until is None or moment < self.valid_until)


@dataclass(frozen=True, slots=True)
class PromotionBook:
    """`limited` names the promotions that are counted: by orders, customers, money or units."""

    revision: int = 0
    versions: tuple[PromotionVersion, ...] = ()
    limited: frozenset[PromotionId] = frozenset()
    by_id: Mapping[PromotionId, tuple[PromotionVersion, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, revision: int, versions: Iterable[PromotionVersion]) -> "PromotionBook":
        kept = tuple(versions)
        by_id: dict[PromotionId, list[PromotionVersion]] = {}
        for version in kept:
            by_id.setdefault(version.promotion.id, []).append(version)
        limited = frozenset(version.promotion.id for version in kept if is_counted(version.promotion))
        return cls(revision, kept, limited, {key: tuple(found) for key, found in by_id.items()})

    def running(self, now: datetime, revision: int | None = None) -> tuple[Promotion, ...]:
        """The promotions of a revision, the present one unless told, that `now` lies in: they begin and end by
        themselves (rule P14)."""
        wanted = self.revision if revision is None else revision
        return tuple(
            [
                version.promotion
                for version in self.versions
                if version.stands_at(wanted) and version.promotion.is_running(now)
            ]
        )

    def revision_at(self, moment: datetime) -> int:
        """The revision that was in force at a moment; the present one for any that is yet to come."""
        later = [version.from_revision for version in self.versions if version.valid_from > moment]
        ended = [
            version.until_revision
            for version in self.versions
            if version.until_revision is not None and version.valid_until is not None and version.valid_until > moment
        ]
        return min([self.revision, *[revision - 1 for revision in (*later, *ended)]])

    def named(self, promotion_id: str, revision: int | None = None) -> Promotion | None:
        """What a promotion says in a revision, whether or not it runs; None if it is unknown or archived by then."""
        wanted = self.revision if revision is None else revision
        versions = self.by_id.get(PromotionId(promotion_id), ())
        return next((version.promotion for version in versions if version.stands_at(wanted)), None)

    def is_yet_to_come(self, promotion_id: str, revision: int | None = None) -> bool:
        """Whether it was first written after a revision."""
        wanted = self.revision if revision is None else revision
        versions = self.by_id.get(PromotionId(promotion_id), ())
        return bool(versions) and min(version.from_revision for version in versions) > wanted


EMPTY_BOOK = PromotionBook()


def is_counted(promotion: Promotion) -> bool:
    """Whether something of it can be used up."""
    cap = promotion.unit_cap
    limits = (promotion.usage_limit, promotion.per_customer_limit, promotion.budget, cap.total, cap.per_customer)
    return any(limit is not None for limit in limits)
