"""What search reads: a copy of the catalog, cut for finding, that `index.refresh` keeps in step with it.

Nothing here is shown to anybody: hits are ids, and what is shown of them comes from the catalog. Documents in the
catalog's own language stand under the language `''`; a product has one more for each language it is translated into.
"""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

from persistence.metadata import ID, currency, metadata, minor, reference
from persistence.search.number_bands import NOT_TOLD

PENDING = {"gin_pending_list_limit": "256"}
"""Kilobytes that wait in front of an index to be sorted in together: half the work of an import, and little to read
through for a search."""


def _product() -> Column[str]:
    return reference("product_id", "product", cascade=True)


def _numbers(comment: str) -> Column[list[int]]:
    return Column("numbers", ARRAY(BigInteger), nullable=False, server_default=f"{{{NOT_TOLD}}}", comment=comment)


search_product = Table(
    "search_product",
    metadata,
    _product(),
    Column("newest_on", Date, nullable=False, comment="The day of release, or else of creation"),
    Column(
        "places",
        ARRAY(Text),
        nullable=False,
        comment="Ids of vendors, collections, the category and those above it, `brand=name`, `tier=` with the last two "
        "letters of the id and with one of them, `price=` with the band of the price in each market, and `edition=`",
    ),
    Column("facts", ARRAY(Text), nullable=False, comment="`key=value` of each attribute that can be filtered by"),
    _numbers("Hashes of the bands of each attribute that is a number; 0 where they are not known yet"),
    PrimaryKeyConstraint("product_id"),
    Index(None, "newest_on", "product_id"),
    Index(None, "places", "facts", "numbers", postgresql_using="gin", postgresql_with=PENDING),
    comment="The products that can be found, and what they can be filtered by",
)

search_document = Table(
    "search_document",
    metadata,
    _product(),
    Column("language", ID, nullable=False),
    Column(
        "translated", ARRAY(Text), nullable=False, comment="Languages in which another document stands for this one"
    ),
    Column("category_id", ID),
    Column("brand", ID, nullable=False, comment="Its words in lower case"),
    Column("title", ID, nullable=False, comment="In lower case, for suggestions by prefix"),
    Column("title_words", Integer, nullable=False),
    Column(
        "vector", TSVECTOR, nullable=False, comment="A: title. B: brand, category. C: description, codes. D: the rest"
    ),
    Column("places", ARRAY(Text), nullable=False, server_default="{}", comment="As of `search_product`"),
    Column("facts", ARRAY(Text), nullable=False, server_default="{}", comment="As of `search_product`"),
    _numbers("As of `search_product`"),
    PrimaryKeyConstraint("product_id", "language"),
    Index(None, "vector", "places", "facts", "numbers", postgresql_using="gin", postgresql_with=PENDING),
    Index(None, "language", "title"),
)

search_price = Table(
    "search_price",
    metadata,
    _product(),
    Column("market_id", ID, nullable=False),
    currency(),
    minor("amount_minor"),
    Column("in_stock", Boolean, nullable=False, comment="Some offer with a price here can be had now"),
    PrimaryKeyConstraint("product_id", "market_id", "currency"),
    Index(None, "market_id", "currency", "amount_minor", "product_id"),
    comment="The lowest price of each product as its market displays it; no row where it is not sold",
)

search_code = Table(
    "search_code",
    metadata,
    Column("code", ID, nullable=False, comment="SKU, GTIN, MPN or other code in lower case, letters and digits only"),
    Column("product_id", ID, nullable=False, comment="That of the variant"),
    reference("variant_id", "variant", cascade=True),
    PrimaryKeyConstraint("code", "variant_id"),
    Index(None, "product_id"),
)

search_word = Table(
    "search_word",
    metadata,
    Column("language", ID, nullable=False),
    Column("word", ID, nullable=False),
    Column("lexeme", ID, nullable=False),
    PrimaryKeyConstraint("language", "word"),
    Index(
        "ix_search_word_letters",
        "word",
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
        postgresql_where=sql("word !~ '[0-9]'"),
    ),
    Index("ix_search_word_begun", "language", "word", postgresql_where=sql("word !~ '[0-9]'")),
    comment="The words of titles, brands and categories, to correct what is mistyped and to complete what is begun",
)

search_lexeme = Table(
    "search_lexeme",
    metadata,
    Column("language", ID, nullable=False),
    Column("lexeme", ID, nullable=False),
    Column("document_count", Integer, nullable=False),
    PrimaryKeyConstraint("language", "lexeme"),
    comment="In how many documents a lexeme stands, counted from time to time: how much a word tells",
)

search_due = Table(
    "search_due",
    metadata,
    Column("product_id", ID, primary_key=True),
    comment="Products that were written by the thousand and are still to be indexed",
)
