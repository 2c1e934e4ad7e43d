"""How text becomes words, in SQL: the same for documents and queries, whatever the database's locale.

`domain.catalog.search` takes queries apart by the same rules.
"""

from collections.abc import Mapping

CONFIGURATIONS: Mapping[str, str] = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""The text search configurations that PostgreSQL 18 brings, by language. Others have words as they are (`simple`)."""

SEPARATORS = (
    r"[\u0001-/:-@\[-`{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u2bff"
    r"\u3000-\u3004\u3007-\u3020\u30fb\ufe00-\ufe6f\uff01-\uff0f\uff1a-\uff20\ufff0-\uffff\U0001f000-\U0001fbff]+"
)
"""What stands between words: ASCII but letters and digits, punctuation and symbols of other blocks, emoji."""

IDEOGRAPHS = r"\u3005\u3006\u3041-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
"""Kana and Chinese characters, which are written without spaces: searched by pairs of neighbors."""


def configuration_of(language: str) -> str:
    """The text search configuration of a BCP 47 language."""
    return CONFIGURATIONS.get(language.partition("-")[0], "simple")


def configuration(language: str, default: str) -> str:
    """SQL: the text search configuration of a language, of which `''` is `default`; both are SQL expressions."""
    cases = " ".join(f"WHEN '{code}' THEN '{name}'::regconfig" for code, name in CONFIGURATIONS.items())
    return (
        f"(CASE split_part(coalesce(nullif({language}, ''), {default}), '-', 1) {cases} ELSE 'simple'::regconfig END)"
    )


def stands_under(document: str, spoken: str) -> str:
    """SQL: that a document stands under a language, both of them rows.

    Said so that no index of languages can be used: PostgreSQL would read a million entries of one, to begin with.
    """
    return f"{document}.language || '' = {spoken}.language"


def folded(text: str) -> str:
    """SQL: without accents, in lower case, in one encoding of each character."""
    return f"lower(unaccent(normalize({text}, NFKC)))"


def folded_column(column: str) -> str:
    """SQL: `folded` of a column, at a fifth of the cost where it is ASCII, as most texts are."""
    return f"(CASE WHEN octet_length({column}) = length({column}) THEN lower({column}) ELSE {folded(column)} END)"


def words(text: str) -> str:
    """SQL: the words of a folded text with single spaces between."""
    return f"regexp_replace({text}, '{SEPARATORS}', ' ', 'g')"


def compared(code: str) -> str:
    """SQL: a code in lower case without separators, as `domain.catalog.search.code_of` but for its zeros."""
    return f"regexp_replace(lower(normalize({code}, NFKC) COLLATE \"default\"), '{SEPARATORS}', '', 'g')"


def pairs(text: str) -> str:
    """SQL: words in which each run of ideographs is spelled as its overlapping pairs."""
    apart = f"regexp_replace({text}, '([{IDEOGRAPHS}]+)', ' \\1 ', 'g')"
    shifted = f"regexp_replace({apart}, '( )([{IDEOGRAPHS}])', ' \\2 ', 'g')"
    pair = f"'([{IDEOGRAPHS}][{IDEOGRAPHS}])', '\\1 ', 'g'"
    return f"(regexp_replace({apart}, {pair}) || regexp_replace({shifted}, {pair}))"


def spelled(text: str) -> str:
    """SQL: the words of a folded text as they are indexed."""
    return f"(CASE WHEN {text} ~ '[{IDEOGRAPHS}]' THEN {pairs(words(text))} ELSE {words(text)} END)"


def joined(text: str) -> str:
    """SQL: words of a folded text that are written with a hyphen, point or slash, without it: `wi-fi` as `wifi`."""
    compound = "[a-z0-9]+(?:[-./][a-z0-9]+)+"
    return (
        f"(SELECT string_agg(regexp_replace(compound[1], '[-./]', '', 'g'), ' ') "  # noqa: S608
        f"FROM regexp_matches({text}, '({compound})', 'g') AS compound)"
    )
