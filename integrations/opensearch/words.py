"""How text becomes words in an index: the languages it has analyzers for, and folding as the database folds.

Documents come folded and with spaces between their words; analyzers have only to fold queries, leave out stop words
and stem.
"""

import unicodedata
from collections.abc import Mapping

from domain.shared.translation import DEFAULT_LANGUAGE

OWN = "own"
"""Under which the words of the catalog's own language stand."""

STEMMERS: Mapping[str, tuple[str, str]] = {
    "ar": ("_arabic_", "arabic"),
    "ca": ("_catalan_", "catalan"),
    "da": ("_danish_", "danish"),
    "de": ("_german_", "light_german"),
    "el": ("_greek_", "greek"),
    "en": ("_english_", "english"),
    "es": ("_spanish_", "light_spanish"),
    "eu": ("_basque_", "basque"),
    "fi": ("_finnish_", "light_finnish"),
    "fr": ("_french_", "light_french"),
    "ga": ("_irish_", "irish"),
    "hi": ("_hindi_", "hindi"),
    "hu": ("_hungarian_", "light_hungarian"),
    "hy": ("_armenian_", "armenian"),
    "id": ("_indonesian_", "indonesian"),
    "it": ("_italian_", "light_italian"),
    "nb": ("_norwegian_", "light_norwegian"),
    "nl": ("_dutch_", "dutch"),
    "nn": ("_norwegian_", "light_nynorsk"),
    "no": ("_norwegian_", "light_norwegian"),
    "pt": ("_portuguese_", "light_portuguese"),
    "ro": ("_romanian_", "romanian"),
    "ru": ("_russian_", "light_russian"),
    "sv": ("_swedish_", "light_swedish"),
    "tr": ("_turkish_", "turkish"),
}
"""Stop words and stemmer of each language, all of which Elasticsearch and OpenSearch bring. Others have words as they
are.
"""

PLAIN = "words_plain"

_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "ð": "d", "þ": "th", "ё": "е"}  # noqa: RUF001
_BASES = "abcdefghijklmnopqrstuvwxyzαβγδεζηθικλμνξοπρσςτυφχψω"  # noqa: RUF001


def field_of(language: str) -> str:
    """The field below which the words of a language stand, of which `""` is the catalog's own."""
    return f"words.{language or OWN}"


def analyzer_of(language: str) -> str:
    base = (language or DEFAULT_LANGUAGE).partition("-")[0]
    return f"words_{base}" if base in STEMMERS else PLAIN


def folded(text: str) -> str:
    """Without accents, in lower case, in one encoding of each character."""
    return "".join(map(_plain, unicodedata.normalize("NFKC", text).lower()))


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    base = unicodedata.normalize("NFKD", letter)[0]
    return base if base in _BASES else _LETTERS.get(letter, letter)
