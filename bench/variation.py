"""Real products varied into others: rows of an import that no shop ever sold, and that read as if one had.

Everything is drawn from a hash of the product's id and the number of its variation, so that the same numbers always
make the same row. Brands, categories and the values of attributes are those of real products in the same category;
what tells one model from another, the digits of its title and codes, is new.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

from server.imports.icecat import Icecat
from server.imports.references import slug_of
from server.imports.store import Store, VendorRow, WarehouseRow

type Row = dict[str, Any]

LATEST, OLDEST_DAYS = date(2026, 10, 30), 5_500
SOLD_OUT_PERCENT, MAX_ON_HAND = 7, 120
OTHER_BRAND_PERCENT, OTHER_VALUE_PERCENT = 40, 30
TRANSLATED_PERCENT: Mapping[str, int] = {"de": 25, "ja": 10, "fr": 8}
"""How many of a hundred products have a title in that language too."""
SLUG_TITLE = 100
VENDORS = 40
PLACES = (("US", "Reno"), ("DE", "Kassel"), ("GB", "Leeds"), ("JP", "Chiba"), ("NL", "Venlo"))
NAMES = ("Northgate", "Lindner", "Ashdown", "Kitamura", "Waterland", "Brightwell", "Sommer", "Halden")

WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "black": "Schwarz", "white": "Weiß", "blue": "Blau", "red": "Rot", "yellow": "Gelb", "green": "Grün",
        "cable": "Kabel", "cartridge": "Patrone", "printer": "Drucker", "paper": "Papier", "memory": "Speicher",
        "keyboard": "Tastatur", "battery": "Akku", "power": "Strom", "adapter": "Adapter", "labels": "Etiketten",
        "with": "mit", "for": "für", "and": "und", "case": "Tasche", "mount": "Halterung", "box": "Gehäuse",
    },
    "ja": {
        "black": "ブラック", "white": "ホワイト", "blue": "ブルー", "red": "レッド", "cable": "ケーブル",
        "printer": "プリンター", "cartridge": "カートリッジ", "paper": "用紙", "memory": "メモリ",
    },
    "fr": {
        "black": "noir", "white": "blanc", "blue": "bleu", "red": "rouge", "cable": "câble", "printer": "imprimante",
        "cartridge": "cartouche", "paper": "papier", "memory": "mémoire", "keyboard": "clavier", "with": "avec",
    },
}  # fmt: skip


def store() -> Store:
    """The vendors of all generated products, each with a warehouse."""
    names = [(NAMES[at % len(NAMES)], PLACES[at % len(PLACES)], at) for at in range(VENDORS)]
    vendors = [VendorRow(slug=_slug(at), name=f"{name} {town} {at}", country=land) for name, (land, town), at in names]
    warehouses = [
        WarehouseRow(code=f"{_slug(at)}-stock", name=f"{name} {town}", vendor=_slug(at), country=land)
        for name, (land, town), at in names
    ]
    return Store(vendors=tuple(vendors), warehouses=tuple(warehouses))


def _slug(vendor: int) -> str:
    return f"generated-{vendor}"


class Variation:
    """Makes rows of products: variation 0 of a real product is itself, with two offers like all others."""

    def __init__(self, products: Sequence[Mapping[str, Any]]) -> None:
        icecat = Icecat()
        self._originals = [icecat.row(product) for product in products]
        self._brands: dict[Any, list[str]] = defaultdict(list)
        self._values: dict[Any, list[str]] = defaultdict(list)
        for row in self._originals:
            self._brands[row["category"]].append(row["brand"])
            for key, value in row["attributes"].items():
                if isinstance(value, str):
                    self._values[row["category"], key].append(value)

    @property
    def originals(self) -> int:
        """How many real products there are; their rows are the first."""
        return len(self._originals)

    def rows(self, first: int, count: int) -> Iterator[Row]:
        """So many rows from this number on."""
        for number in range(first, first + count):
            variation, at = divmod(number, len(self._originals))
            yield self._row(self._originals[at], variation, number)

    def _row(self, original: Row, variation: int, number: int) -> Row:
        chance = _Chance(f"{original['external_id']}/{variation}")
        row = original if variation == 0 else self._varied(original, variation, chance)
        (variant,) = row["variants"]
        if variation:
            variant = variant | {
                "sku": f"{variant['sku']}-{variation}",
                "mpn": variant["mpn"] and _renumbered(variant["mpn"], chance),
                "gtins": [article_number(number)],
                "identifiers": [],
            }
        return row | {
            "slug": f"{slug_of(row['title'])[:SLUG_TITLE].strip('-')}-{row['external_id']}".lstrip("-"),
            "variants": [variant | {"offers": list(_offers(variant["offers"][0], variation, chance))}],
            "translations": dict(_translations(row["title"], chance)),
        }

    def _varied(self, original: Row, variation: int, chance: "_Chance") -> Row:
        brand = original["brand"]
        if chance.percent() < OTHER_BRAND_PERCENT:
            brand = chance.one_of(self._brands[original["category"]])
        rest = [_renumbered(part, chance) for part in original["title"].split(original["brand"])]
        title = brand.join(rest)[:300]
        return original | {
            "external_id": f"{original['external_id']}-{variation}",
            "title": title,
            "description": original["description"].replace(original["brand"], brand),
            "brand": brand,
            "released": (LATEST - timedelta(days=chance.below(OLDEST_DAYS))).isoformat(),
            "attributes": {
                key: self._value(original["category"], key, value, chance)
                for key, value in original["attributes"].items()
            },
            "images": [image | {"alt": title} for image in original["images"]],
        }

    def _value(self, category: object, key: str, value: object, chance: "_Chance") -> object:
        if isinstance(value, bool) or chance.percent() >= OTHER_VALUE_PERCENT:
            return value
        if isinstance(value, str):
            return chance.one_of(self._values[category, key])
        return round(value * (50 + chance.below(150)) / 100) if isinstance(value, int) else value


class _Chance:
    """Numbers that follow from a text."""

    def __init__(self, text: str) -> None:
        self._state = int.from_bytes(blake2b(text.encode(), digest_size=8).digest())

    def below(self, bound: int) -> int:
        self._state = (self._state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return (self._state >> 33) % bound

    def percent(self) -> int:
        return self.below(100)

    def one_of(self, values: Sequence[str]) -> str:
        return values[self.below(len(values))]


_MODEL = re.compile(r"\d{3,}|(?<=[A-Za-z])\d+|\d+(?=[A-Za-z]{2,}\d)")
"""Digits that name a model; sizes such as `15 ft` stay what they are."""


def _renumbered(text: str, chance: _Chance) -> str:
    """The text of another model: its numbers are others of the same length."""

    def other(match: re.Match[str]) -> str:
        length = len(match[0])
        return str(10 ** (length - 1) + chance.below(9 * 10 ** (length - 1)))

    return _MODEL.sub(other, text)


def article_number(number: int) -> str:
    """A GTIN-13 of the range for use within a shop, its last digit the check digit of GS1."""
    digits = f"2{number:011d}"
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _offers(offer: Row, variation: int, chance: _Chance) -> Iterator[Row]:
    """Two of different vendors; that of a variation costs between half and twice of the original, each a bit else."""
    first = chance.below(VENDORS)
    base = 100 if variation == 0 else 50 + chance.below(150)
    for vendor in (first, (first + 1 + chance.below(VENDORS - 1)) % VENDORS):
        percent = base * (90 + chance.below(20))
        on_hand = 0 if chance.percent() < SOLD_OUT_PERCENT else 1 + chance.below(MAX_ON_HAND)
        yield {
            "vendor": _slug(vendor),
            "prices": [
                price | {"amount_minor": max(1, price["amount_minor"] * percent // 10_000)} for price in offer["prices"]
            ],
            "stock": [{"warehouse": f"{_slug(vendor)}-stock", "on_hand": on_hand}],
        }


def _translations(title: str, chance: _Chance) -> Iterator[tuple[str, Row]]:
    for language, percent in TRANSLATED_PERCENT.items():
        if chance.percent() < percent:
            words = WORDS[language]
            yield language, {"title": " ".join(words.get(word.lower(), word) for word in title.split())}
