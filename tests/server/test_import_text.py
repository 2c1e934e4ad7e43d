"""Short cuts for plain text lead where the long way does."""

import nh3
from currency_converter import CurrencyConverter
from hypothesis import given
from hypothesis import strategies as st
from slugify import slugify

from server.imports.icecat import RATES_OF, Icecat
from server.imports.references import MAX_SLUG_LENGTH, slug_of
from server.imports.text import ALLOWED_ATTRIBUTES, ALLOWED_TAGS, sanitized

ASCII = st.text(st.characters(max_codepoint=127), max_size=2 * MAX_SLUG_LENGTH)
SIGNS = st.text(st.sampled_from("aZ09 -_,.'&;#/\n"), max_size=20)
PIECES = st.sampled_from(["a", "é", " ", "\n", "\xa0", "\u2028", "<br>", "<p>", "</p>", "&amp;", "<b>"])


@given(ASCII | SIGNS)
def test_plain_text_is_given_the_address_that_any_text_is(text):
    assert slug_of(text) == slugify(text, max_length=MAX_SLUG_LENGTH, word_boundary=True)


def test_letters_of_german_are_spelled_out_in_addresses():
    assert slug_of("Größe & Maß") == "groesse-mass"


@given(st.lists(PIECES, max_size=8).map("".join))
def test_a_plain_paragraph_is_what_a_sanitizer_makes_of_it(text):
    html = f"<p>{text}</p>"

    clean = nh3.clean(html, tags=ALLOWED_TAGS, attributes=ALLOWED_ATTRIBUTES, url_schemes={"http", "https", "mailto"})

    assert sanitized(html) == clean.strip()


def test_the_rates_of_one_day_are_those_of_the_whole_history():
    whole = CurrencyConverter(decimal=True)

    rates = Icecat().rates

    assert rates == {currency: whole.convert(1, "USD", currency, date=RATES_OF) for currency in rates}
