"""The sample store: a small catalog of our own, in English, German and Japanese, that an empty database is given.

`store.json` holds vendors, warehouses, categories, collections and menus; `products/*.jsonl` twenty products for each
department, in the format of `docs/import.md`; `images/` their pictures. All names and pictures are our own.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
STORE = FOLDER / "store.json"
IMAGES = FOLDER / "images"
IMAGES_PATH = "/media/sample/"
"""Where the pictures are asked for by the addresses in the rows."""


def product_files() -> list[Path]:
    """The files of products, one for each department."""
    return sorted((FOLDER / "products").glob("*.jsonl"))
