"""The kinds of text an import row is made of, each checked where it comes in."""

import re
from datetime import date
from typing import Annotated

import nh3
from pydantic import AfterValidator, StringConstraints

from domain.shared.moments import YEARS

ALLOWED_TAGS = {
    *("p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre"),
    *("b", "strong", "i", "em", "u", "code", "sub", "sup", "span", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ALLOWED_ATTRIBUTES = {"a": {"href", "title"}, "th": {"scope"}, "td": {"colspan", "rowspan"}, "*": {"lang", "dir"}}
GTIN_LENGTHS = {8, 12, 13, 14}
ZERO = ord("0")
PLAIN_HTML = re.compile(r"[^<>&]*|<p>(?:[^<>&\r\xa0]|<br>)*</p>")
"""What `sanitized` leaves as it is: text, or one paragraph of it."""
ATTRIBUTE_KEY = re.compile("[a-z0-9][a-z0-9_]{0,99}")
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def storable(text: str) -> str:
    """`text`, if a database and every reader can hold it: no control characters, no half of a surrogate pair."""
    found = UNSTORABLE.search(text)
    if found:
        raise ValueError(f"contains the unprintable character U+{ord(found[0]):04X}")
    return text


def is_storable(text: str) -> bool:
    """Whether `storable` lets `text` pass."""
    return UNSTORABLE.search(text) is None


def sanitized(html: str) -> str:
    """`html` without anything that could run or phone home: scripts, styles, handlers, foreign frames and images."""
    if PLAIN_HTML.fullmatch(html):
        return html.strip()
    return nh3.clean(
        html, tags=ALLOWED_TAGS, attributes=ALLOWED_ATTRIBUTES, url_schemes={"http", "https", "mailto"}
    ).strip()


def has_check_digit(digits: str) -> bool:
    """Whether `digits` are a GTIN-8, -12, -13 or -14 whose last digit is GS1's check digit."""
    if len(digits) not in GTIN_LENGTHS or not (digits.isascii() and digits.isdecimal()):
        return False
    codes = digits.encode()
    thrice, once = sum(codes[-2::-2]), sum(codes[-1::-2])
    return (3 * thrice + once - ZERO * (len(codes) + 2 * (len(codes) // 2))) % 10 == 0


def gtin(text: str) -> str:
    """`text` as a GTIN; raises ValueError where the check digit is wrong."""
    digits = text.replace("-", "").replace(" ", "")
    if not has_check_digit(digits):
        raise ValueError(f"{text!r} is no GTIN: 8, 12, 13 or 14 digits, the last of them the check digit")
    return digits


def https_or_path(url: str) -> str:
    """An address that a browser loads without running it."""
    if not (url.startswith(("https://", "http://", "/")) and not url.startswith("//")):
        raise ValueError("must begin with https://, http:// or a single /")
    return url


def dated(day: date) -> date:
    """`day`, if the API would take it as well."""
    if day.year not in YEARS:
        raise ValueError(f"must be of the years {YEARS.start} to {YEARS.stop - 1}")
    return day


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(storable)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(storable)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(storable)]
Caption = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(storable)]
Identifier = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(storable)
]
Html = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=50_000),
    AfterValidator(storable),
    AfterValidator(sanitized),
]
Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2_000),
    AfterValidator(storable),
    AfterValidator(https_or_path),
]
Gtin = Annotated[str, AfterValidator(storable), AfterValidator(gtin)]
Slug = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s/?#%A-Z]+$"), AfterValidator(storable)
]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
AttributeKey = Annotated[str, StringConstraints(pattern=f"^{ATTRIBUTE_KEY.pattern}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
CustomsCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,10}$")]
Day = Annotated[date, AfterValidator(dated)]
Swatch = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
