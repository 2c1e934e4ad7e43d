"""What a line says about what was bought, in the buyer's language at that moment."""

from domain.shared.making import dataclass
from domain.shared.media import Image


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """The words of a line, which outlive every later change of the product (rule O4)."""

    title: str
    sku: str
    options: tuple[tuple[str, str], ...] = ()
    image_url: str | None = None
    image_alt: str | None = None

    @property
    def image(self) -> Image | None:
        return Image(self.image_url, self.image_alt, None, None) if self.image_url else None
