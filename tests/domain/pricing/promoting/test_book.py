"""The book of promotions: any revision and instant give the same promotions for good."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.pricing.promoting.book import PromotionBook, PromotionVersion, is_counted
from domain.pricing.promotions.actions import PercentageOff
from domain.pricing.promotions.model import Promotion, UnitCap
from domain.shared.ids import PromotionId

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEN = PercentageOff(Decimal(10))


def promotion(name: str, **facts: object) -> Promotion:
    known = {"starts_at": NOON - 10 * HOUR} | facts
    return Promotion(PromotionId("promotion_a"), name, TEN, **known)  # type: ignore[arg-type] # facts of any kind


def book() -> PromotionBook:
    """Written at 9 as revision 1, edited at 11 as revision 2, archived at 13 as revision 3."""
    return PromotionBook.of(
        3,
        [
            PromotionVersion(promotion("First"), 1, 2, NOON - 3 * HOUR, NOON - HOUR),
            PromotionVersion(promotion("Second"), 2, 3, NOON - HOUR, NOON + HOUR),
        ],
    )


def test_a_revision_says_what_it_said_whatever_was_edited_since():
    found = [[each.name for each in book().running(NOON, revision)] for revision in (0, 1, 2, 3, None)]

    assert found == [[], ["First"], ["Second"], [], []]


def test_a_promotion_is_found_by_its_id_in_a_revision_whether_or_not_it_runs():
    found = book()

    assert [named and named.name for named in (found.named("promotion_a", at) for at in (1, 2, 3))] == [
        "First",
        "Second",
        None,
    ]
    assert found.named("promotion_b") is None


def test_p14_a_promotion_runs_from_its_start_until_before_its_end():
    versions = [PromotionVersion(promotion("Hour", starts_at=NOON, ends_at=NOON + HOUR), 1, None, NOON - HOUR, None)]
    found = PromotionBook.of(1, versions)
    tick = timedelta(microseconds=1)

    assert [bool(found.running(at)) for at in (NOON - tick, NOON, NOON + HOUR - tick, NOON + HOUR)] == [
        False,
        True,
        True,
        False,
    ]


def test_the_revision_of_any_moment_is_found():
    found = [book().revision_at(NOON + hours * HOUR) for hours in (-4, -3, -1.5, -1, 0, 1, 5)]

    assert found == [0, 1, 1, 2, 2, 3, 3]


def test_a_promotion_is_counted_where_something_of_it_can_be_used_up():
    limited = [
        promotion("a", usage_limit=1),
        promotion("b", per_customer_limit=1),
        promotion("c", budget={"EUR": 1}),
        promotion("d", unit_cap=UnitCap(total=1)),
        promotion("e", unit_cap=UnitCap(per_customer=1)),
    ]

    assert all(is_counted(each) for each in limited)
    assert not is_counted(promotion("f"))
