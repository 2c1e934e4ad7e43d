"""Pictures and texts with markup."""

import strawberry
from strawberry.scalars import JSON

from domain.shared import media
from schema.base import represents, resolve


@strawberry.federation.type(shareable=True, description="A picture.")
@represents(media.Image)
class Image:
    url: str = resolve(description="Relative to this server unless it is absolute.")
    alt: str | None = resolve(description="What is to be seen, for those who do not see it.")
    width: int | None = resolve(description="In pixels.")
    height: int | None = resolve(description="In pixels.")


@strawberry.federation.type(shareable=True, description="A text with markup, in whichever form suits the client.")
@represents(media.RichText)
class RichText:
    html: str = resolve(description="Safe HTML.")
    text: str = resolve(description="The words alone, one line for each block.")
    json: JSON = resolve(
        description="The markup as a tree: strings for text, `{tag, attributes, children}` for elements."
    )
