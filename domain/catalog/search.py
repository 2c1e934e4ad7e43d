"""Finding products: what is asked, what is answered, and the rules between that need no database."""

CATALOG_LANGUAGE = "en"
"""The language of the texts that stand in products themselves, beside which `translations` hold the others."""
