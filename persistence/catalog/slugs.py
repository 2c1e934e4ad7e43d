"""What slugs mean."""

from domain.shared.making import dataclass
from persistence.changes import STOREFRONT_COUNT
from persistence.statement import Database


@dataclass(frozen=True, slots=True)
class NamedBySlug:
    """Whom a slug names, or once named: then `current_slug` is what to use instead.

    Products have a `stamp`; `storefront` counts the changes of what all pages rest on.
    """

    entity_id: str
    is_current: bool
    current_slug: str
    stamp: int | None
    storefront: int


def named(*, kind: str, slug: str, language: str, base: str) -> str:
    """SQL of whom a slug names, given SQL of its kind, of itself and of the request's language with and without region.

    A present name goes before a former one, the request's language before others.
    """
    return f"""
SELECT slug.entity_id, slug.is_current, CASE WHEN slug.is_current THEN slug.slug ELSE coalesce((
    SELECT present.slug FROM slug AS present
    WHERE present.kind = slug.kind AND present.entity_id = slug.entity_id AND present.is_current
        AND (present.language IN ({language}, {base}) OR present.language = slug.language)
    ORDER BY (present.language = {language}) DESC, (present.language = {base}) DESC LIMIT 1
), slug.slug) END AS current_slug
FROM slug WHERE slug.kind = {kind} AND slug.slug = {slug}
ORDER BY slug.is_current DESC, slug.language IN ({language}, {base}) DESC, slug.language LIMIT 1
"""  # noqa: S608 - made of constants


_NAMED = f"""
WITH named AS ({named(kind="$1", slug="$2", language="$3", base="$4")})
SELECT named.*, (SELECT stamp FROM product WHERE id = named.entity_id), {STOREFRONT_COUNT} FROM named
"""  # noqa: S608 - made of constants


async def named_by_slug(database: Database, kind: str, slug: str, language: str) -> NamedBySlug | None:
    """What a slug of this kind means."""
    row = await database.fetchrow(_NAMED, kind, slug, language, base_of(language))
    return NamedBySlug(*row) if row else None


def base_of(language: str) -> str:
    """The language without its region: what has no words in the one may have some in the other."""
    return language.partition("-")[0]
