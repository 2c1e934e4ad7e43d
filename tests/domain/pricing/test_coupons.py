"""Codes and who uses them: how they are compared, made, and counted (P10, P11)."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.coupons.model import (
    MAX_CODES_OF_CART,
    MAX_GENERATED,
    Coupon,
    check_pattern,
    customer_key,
    entered,
    folded,
    made_codes,
    normalized_email,
)
from domain.pricing.coupons.usage import Counts, PromotionCounts
from domain.shared.errors import Refused
from domain.shared.ids import CustomerId


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("Ada.Lovelace+shop@GMail.com", "adalovelace@gmail.com"),
        ("ada.lovelace@googlemail.com", "adalovelace@gmail.com"),
        ("Ada.Lovelace+shop@outlook.com", "ada.lovelace@outlook.com"),
        ("ada+1@fastmail.com", "ada@fastmail.com"),
        ("ada@pm.me", "ada@proton.me"),
        (" Ada+one@Example.com ", "ada+one@example.com"),
    ],
)
def test_p10_all_spellings_of_a_mailbox_are_one(email: str, mailbox: str):
    assert normalized_email(email) == mailbox


@given(st.emails())
def test_p10_normalizing_twice_is_as_once(email: str):
    assert normalized_email(normalized_email(email)) == normalized_email(email)


def test_p10_a_customer_is_known_by_their_id_and_a_guest_without_their_email_being_kept():
    assert customer_key(CustomerId("customer_a"), "ada@example.com") == "customer_a"
    assert "ada" not in customer_key(None, "ada@example.com")
    assert customer_key(None, "a.d.a+x@gmail.com") == customer_key(None, "ADA@googlemail.com")


@pytest.mark.parametrize("code", ["STRASSE", " straße ", "Strasse"])
def test_p11_codes_are_compared_folded_and_trimmed(code: str):
    assert folded(code) == "strasse"


def test_codes_are_entered_once_each_as_they_were_typed():
    assert entered([" Ten ", "TEN", "five"], "promo_codes") == ("Ten", "five")


@pytest.mark.parametrize(
    ("codes", "path"),
    [
        (["x"] * (MAX_CODES_OF_CART + 1), ("promo_codes",)),
        (["ok", "  "], ("promo_codes", "1")),
        (["x" * 65], ("promo_codes", "0")),
        (["a\x00b"], ("promo_codes", "0")),
    ],
    ids=["too many", "empty", "too long", "a control"],
)
def test_codes_that_nobody_could_have_been_given_are_refused(codes: list[str], path: tuple[str, ...]):
    with pytest.raises(Refused) as refused:
        entered(codes, "promo_codes")

    assert [problem.path for problem in refused.value.problems] == [path]


def test_made_codes_fit_their_pattern_and_differ():
    codes = made_codes("A-??##*", 500, random.Random(1).choice)

    assert len(set(codes)) == 500
    assert all(code.startswith("A-") and code[2:4].isalpha() and code[4:6].isdigit() for code in codes)


@pytest.mark.parametrize(
    ("pattern", "count", "field"),
    [
        ("????????", 0, "count"),
        ("????????", MAX_GENERATED + 1, "count"),
        ("", 1, "pattern"),
        ("SUMMER-##", 1, "pattern"),
    ],
)
def test_codes_that_could_be_guessed_or_are_too_many_are_not_made(pattern: str, count: int, field: str):
    with pytest.raises(Refused) as refused:
        check_pattern(pattern, count)

    assert refused.value.problems[0].path == (field,)


def test_a_hundred_thousand_codes_of_eight_letters_and_digits_cannot_be_guessed():
    check_pattern("********", MAX_GENERATED)


def test_counts_tell_what_is_used_up_and_what_is_not_counted_is_not():
    counts = Counts({"one": Coupon("one", "promotion_a", 1, 1)}, {"promotion_a": PromotionCounts(is_exhausted=True)})

    assert counts.coupons["one"].is_exhausted
    assert [counts.is_usable(each) for each in ("promotion_a", "promotion_b")] == [False, True]
    assert not counts.ignoring_limits().coupons["one"].is_exhausted
