"""What a line says about what was bought, in the buyer's language at that moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """The words of a line, which outlive every later change of the product (rule O4)."""

    title: str
    sku: str
    options: tuple[tuple[str, str], ...] = ()
    image_url: str | None = None
    image_alt: str | None = None
