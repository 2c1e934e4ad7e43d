"""Texts in the language of a request.

A row holds its texts in `DEFAULT_LANGUAGE`, and what has been translated in a document by language:
`{"de": {"title": ...}}`. Whoever reads the row chooses by `words_in`, field by field; what has no translation is shown
in the default language.
"""

from collections.abc import Mapping
from typing import Any

DEFAULT_LANGUAGE = "en"

type Translations = Mapping[str, Mapping[str, Any]]

NO_WORDS: Mapping[str, Any] = {}


def words_in(translations: Translations, language: str) -> Mapping[str, Any]:
    """What has been translated into a BCP 47 language, or into the same without its region: nothing if neither."""
    found = translations.get(language)
    if found is None and "-" in language:
        found = translations.get(language.partition("-")[0])
    return found if found is not None else NO_WORDS
