"""Where those who change the catalog keep what search reads in step."""

from persistence.search.index import count_lexemes, rebuild, refresh, repriced

__all__ = ["count_lexemes", "rebuild", "refresh", "repriced"]
