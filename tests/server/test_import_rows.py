"""What an import row may say."""

from typing import Any

import pytest
from pydantic import ValidationError

from server.imports.rows import PriceRow, ProductRow
from server.imports.text import has_check_digit
from tests.factories.imports import make_offer, make_price, make_row, make_variant_row


def reasons(row: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refusal:
        ProductRow.model_validate(row)
    return [(".".join(map(str, error["loc"])), error["msg"]) for error in refusal.value.errors()]


def test_a_plain_attribute_is_short_for_one_with_a_value_alone():
    row = ProductRow.model_validate(make_row(attributes={"material": "Steel", "pieces": {"value": 4, "unit": "pcs"}}))

    assert [(key, fact.value, fact.unit) for key, fact in row.attributes.items()] == [
        ("material", "Steel", None),
        ("pieces", 4, "pcs"),
    ]


@pytest.mark.parametrize(("value", "kind"), [(True, bool), (1, int), (1.5, float), ("1", str)])
def test_an_attribute_keeps_the_kind_of_its_value(value, kind):
    row = ProductRow.model_validate(make_row(attributes={"fact": value}))

    assert type(row.attributes["fact"].value) is kind


@pytest.mark.parametrize(
    "facts",
    [
        {"color": "a\x00b"},
        {"Color": "red"},
        {"color": float("nan")},
        {"color": None},
        {"color": ["red"]},
        {"color": {"value": "red", "colour": "red"}},
        {f"fact_{number}": number for number in range(1_001)},
    ],
    ids=["NUL", "key", "NaN", "null", "list", "unknown field", "too many"],
)
def test_attributes_that_cannot_be_kept_are_refused_in_their_field(facts):
    assert {where.partition(".")[0] for where, _ in reasons(make_row(attributes=facts))} == {"attributes"}


@pytest.mark.parametrize("unit", [None, "cm"])
def test_the_text_of_an_attribute_loses_the_spaces_around_it_however_it_is_written(unit):
    row = ProductRow.model_validate(
        make_row(attributes={"size": " 12 \n" if unit is None else {"value": " 12 \n", "unit": unit}})
    )

    assert row.attributes["size"] == ("12", None, unit)


def test_a_description_loses_whatever_could_run():
    html = (
        '<p onclick="steal()">Good <b>pot</b><script>steal()</script><img src="//spy"></p><a href="javascript:x">a</a>'
    )

    row = ProductRow.model_validate(make_row(description=html))

    assert row.description == '<p>Good <b>pot</b></p><a rel="noopener noreferrer">a</a>'


def test_an_unknown_field_is_refused_rather_than_lost():
    assert reasons(make_row(titel="Kettle")) == [("titel", "Extra inputs are not permitted")]


@pytest.mark.parametrize("digits", ["4006381333931", "96385074", "036000291452", "00012345600012"])
def test_a_gtin_of_each_length_is_known_by_its_check_digit(digits):
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)

    assert has_check_digit(digits)
    assert not has_check_digit(wrong)


@pytest.mark.parametrize("digits", ["", "4006381333932", "400638133393", "400638133393X", "٤٠٠٦٣٨١٣"])
def test_what_is_no_gtin_is_refused_in_its_field_and_kept_as_an_identifier(digits):
    wrong = make_row(variants=[make_variant_row(gtins=[digits])])
    kept = make_row(variants=[make_variant_row(gtins=[], identifiers=[digits or "x"])])

    assert [where for where, _ in reasons(wrong)] == ["variants.0.gtins.0"]
    assert ProductRow.model_validate(kept).variants[0].gtins == ()


@pytest.mark.parametrize(
    ("price", "minor"),
    [
        ({"currency": "EUR", "amount": "19.99"}, 1999),
        ({"currency": "EUR", "amount": "19.9"}, 1990),
        ({"currency": "JPY", "amount": "1980"}, 1980),
        ({"currency": "KWD", "amount": "6.139"}, 6139),
        ({"currency": "USD", "amount_minor": 4800}, 4800),
        ({"currency": "USD", "amount": "90071992547409.91"}, 9_007_199_254_740_991),
    ],
)
def test_m1_a_price_is_exact_decimals_as_text_or_minor_units(price, minor):
    assert PriceRow.model_validate(price).minor == minor


@pytest.mark.parametrize(
    "price",
    [
        {"currency": "EUR", "amount": 19.99},
        {"currency": "EUR", "amount": "19.999"},
        {"currency": "JPY", "amount": "19.5"},
        {"currency": "EUR", "amount": "-1.00"},
        {"currency": "EUR", "amount": "NaN"},
        {"currency": "XXX", "amount": "1.00"},
        {"currency": "EUR"},
        {"currency": "EUR", "amount": "1.00", "amount_minor": 100},
        {"currency": "USD", "amount_minor": 9_007_199_254_740_992},
    ],
    ids=["float", "digits", "no minor unit", "negative", "no number", "no currency", "nothing", "both", "too large"],
)
def test_m1_a_price_that_is_not_exact_money_is_refused(price):
    with pytest.raises(ValidationError):
        PriceRow.model_validate(price)


def test_each_variant_has_a_value_for_each_option():
    row = make_row(options=["Size"], variants=[make_variant_row(options={"Color": "Red"})])

    assert reasons(row) == [("", "Value error, variant KETTLE must have a value for each of the options ['Size']")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (make_row(variants=[make_variant_row(), make_variant_row()]), "sku 'KETTLE' is given twice"),
        (make_row(variants=[make_variant_row(), make_variant_row(sku="B")]), "option values () is given twice"),
        (make_row(variants=[make_variant_row(image="/media/kettle.svg")]), "not among the product's images"),
        (make_row(variants=[make_variant_row(offers=[make_offer(), make_offer()])]), "offer ('house', 'NEW')"),
        (
            make_row(variants=[make_variant_row(offers=[make_offer(prices=[make_price()] * 2)])]),
            "price ('us', 'USD', 1)",
        ),
        (make_row(variants=[]), "at least one variant"),
    ],
    ids=["sku", "options", "image", "offer", "price", "none"],
)
def test_a_row_that_contradicts_itself_is_refused(row, message):
    assert message in reasons(row)[0][1]


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "\ud800"], ids=["NUL", "escape", "half a pair"])
def test_text_that_a_database_cannot_hold_is_refused(text):
    assert [where for where, _ in reasons(make_row(title=text))] == ["title"]


@pytest.mark.parametrize(
    "text", ["قميص قطني", "お茶", "Kettle 🫖", "e\u0301"], ids=["RTL", "kanji", "emoji", "combined"]
)
def test_text_of_any_script_is_kept_as_it_is(text):
    assert ProductRow.model_validate(make_row(title=text)).title == text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example/x.png", "data:image/png;base64,AA", "x.png"])
def test_a_picture_has_an_address_that_is_loaded_and_not_run(url):
    assert [where for where, _ in reasons(make_row(images=[{"url": url}]))] == ["images.0.url"]


@pytest.mark.parametrize("day", ["1899-12-31", "9999-01-01"])
def test_a_product_is_released_on_a_day_that_the_api_takes_too(day: str):
    assert reasons(make_row(released=day)) == [("released", "Value error, must be of the years 1900 to 9998")]
    assert ProductRow.model_validate(make_row(released="9998-12-31")).released is not None
