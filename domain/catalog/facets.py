"""Which facets a result has, and what they are called."""

from collections.abc import Mapping

MAX_VALUES = 30
"""Values of a facet, those with the most products."""
MAX_ATTRIBUTES = 8
"""Attributes that become facets, beside those already filtered by."""
COMMON_VALUES = 10
MAX_NARROWED = 5_000
"""Of a longer result no attributes are told: what products of all kinds have in common helps nobody to choose."""

ORDER = ("category", "brand", "vendor", "price", "availability")
"""Facets of every result; those of attributes follow, the most telling first."""

_LABELS: Mapping[str, Mapping[str, str]] = {
    "category": {"en": "Category", "de": "Kategorie", "ja": "カテゴリー", "fr": "Catégorie", "es": "Categoría"},
    "brand": {"en": "Brand", "de": "Marke", "ja": "ブランド", "fr": "Marque", "es": "Marca"},
    "vendor": {"en": "Sold by", "de": "Verkauft von", "ja": "販売元", "fr": "Vendu par", "es": "Vendido por"},
    "price": {"en": "Price", "de": "Preis", "ja": "価格", "fr": "Prix", "es": "Precio"},
    "availability": {
        "en": "Availability", "de": "Verfügbarkeit", "ja": "在庫", "fr": "Disponibilité", "es": "Disponibilidad"
    },
    "IN_STOCK": {"en": "In stock", "de": "Auf Lager", "ja": "在庫あり", "fr": "En stock", "es": "En stock"},
    "OUT_OF_STOCK": {"en": "Sold out", "de": "Ausverkauft", "ja": "在庫切れ", "fr": "Épuisé", "es": "Agotado"},
    "true": {"en": "Yes", "de": "Ja", "ja": "あり", "fr": "Oui", "es": "Sí"},
    "false": {"en": "No", "de": "Nein", "ja": "なし", "fr": "Non", "es": "No"},
}  # fmt: skip


def word_for(key: str, language: str) -> str:
    """The name of a facet, or of a value that is a word of ours, in the language or else in English."""
    words = _LABELS.get(key, {"en": key})
    return words.get(language.partition("-")[0], words["en"])
