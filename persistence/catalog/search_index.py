"""Where those who change the catalog keep what search reads in step."""

from persistence.search.index import (
    count_lexemes,
    postpone,
    postpone_outdated,
    rebuild,
    refresh,
    refresh_offered,
    refresh_offers,
    refresh_postponed,
    repriced,
)

__all__ = [
    "count_lexemes",
    "postpone",
    "postpone_outdated",
    "rebuild",
    "refresh",
    "refresh_offered",
    "refresh_offers",
    "refresh_postponed",
    "repriced",
]
