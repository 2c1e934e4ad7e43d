"""Where a product of Open Icecat stands in our category tree, read from its title: the data names no category.

The rules stand in `icecat_categories.txt`. The first whose pattern is found decides, so what a thing is for ("toner for
a printer", "case for a notebook") stands above the thing itself. Titles come first, then facts that only one kind of
thing has, then the short description.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath

from server.imports.patterns import FirstFound

Path = tuple[str, ...]
UNCATEGORIZED: Path = ("Other",)

COMPUTERS, COMPONENTS, STORAGE = "Computers", "Components", "Storage"
PERIPHERALS, PRINTING, SUPPLIES = "Peripherals", "Printing", "Printing Supplies"
NETWORK, CABLES, POWER = "Networking", "Cables & Adapters", "Power"
AUDIO_VIDEO, PHOTO, MOBILE = "Audio & Video", "Photo", "Phones & Mobile"
OFFICE, HOME, TOYS = "Office", "Home & Care", "Toys & Games"

KINDS: Mapping[str, Path] = {
    "Processor": (COMPONENTS, "Processors"),
    "Notebook": (COMPUTERS, "Notebooks"),
    "Hybrid (2-in-1)": (COMPUTERS, "Notebooks"),
    "Chromebook": (COMPUTERS, "Notebooks"),
    "Netbook": (COMPUTERS, "Notebooks"),
    "Mobile workstation": (COMPUTERS, "Notebooks"),
    "PC": (COMPUTERS, "Desktops & Workstations"),
    "All-in-One PC": (COMPUTERS, "Desktops & Workstations"),
    "Workstation": (COMPUTERS, "Desktops & Workstations"),
    "Headphones": (AUDIO_VIDEO, "Headphones & Headsets"),
    "Headset": (AUDIO_VIDEO, "Headphones & Headsets"),
    "Desktop Board": (COMPONENTS, "Motherboards"),
    "Server/Workstation Board": (COMPONENTS, "Motherboards"),
    "Network Interface Card": (NETWORK, "Network Adapters & Modems"),
    "RAID": (STORAGE, "Controllers & Arrays"),
    "Drip coffee maker": (HOME, "Kitchen & Appliances"),
    "Pod coffee machine": (HOME, "Kitchen & Appliances"),
    "Espresso machine": (HOME, "Kitchen & Appliances"),
    "Doll clothes set": (TOYS, "Dolls & Figures"),
}
"""What the source itself calls some products, in the fact `product_type`."""

MAKERS: Mapping[str, Path] = {
    "Sylvanian Families": (TOYS, "Dolls & Figures"),
    "Zapf": (TOYS, "Dolls & Figures"),
    "MGA Entertainment": (TOYS, "Dolls & Figures"),
    "Giochi Preziosi": (TOYS, "Dolls & Figures"),
    "Jumbo": (TOYS, "Puzzles & Games"),
    "Castorland": (TOYS, "Puzzles & Games"),
    "SES Creative": (TOYS, "Crafts & Creative Play"),
    "Aquabeads": (TOYS, "Crafts & Creative Play"),
    "AXI": (TOYS, "Vehicles & Outdoor Play"),
    "Step2": (TOYS, "Vehicles & Outdoor Play"),
    "Backyard Discovery": (TOYS, "Vehicles & Outdoor Play"),
    "Lena": (TOYS, "Vehicles & Outdoor Play"),
    "VTech": (TOYS, "Vehicles & Outdoor Play"),
    "Bambolino Toys": (TOYS, "Vehicles & Outdoor Play"),
    "Da-Lite": (AUDIO_VIDEO, "Projection Screens"),
    "Projecta": (AUDIO_VIDEO, "Projection Screens"),
}
"""Makers of one kind of thing."""

FACTS: tuple[tuple[str, Path], ...] = (
    ("doll_type", (TOYS, "Dolls & Figures")),
    ("number_of_puzzle_pieces", (TOYS, "Puzzles & Games")),
    ("ink_type", (PRINTING, SUPPLIES, "Ink Cartridges")),
    ("black_toner_page_yield", (PRINTING, SUPPLIES, "Toner Cartridges")),
    ("labels_per_pack", (OFFICE, "Labels & Stickers")),
    ("cable_length", (CABLES, "Other Cables & Connectors")),
    ("connector_1", (CABLES, "Other Cables & Connectors")),
    ("processor_family", (COMPUTERS, "Desktops & Workstations")),
    ("rack_capacity", (NETWORK, "Racks & Enclosures")),
    ("ethernet_lan__rj_45__ports", (NETWORK, "Network Switches")),
    ("recommended_age__min_", (TOYS, "Vehicles & Outdoor Play")),
)

type Rule = tuple[Path, str]


def _read_rules(lines: Iterable[str]) -> Iterator[Rule]:
    path: Path = ()
    alternatives: list[str] = []
    for line in (*lines, "[]"):
        if line.startswith("["):
            if alternatives:
                yield path, "|".join(alternatives)
            path, alternatives = tuple(line.strip("[]").split(" > ")), []
        elif line and not line.startswith("#"):
            alternatives.append(line)


RULES = tuple(_read_rules(FilePath(__file__).with_suffix(".txt").read_text("utf-8").splitlines()))
_by_words = FirstFound(RULES)


def category_of(title: str, brand: str, short_description: str, facts: Mapping[str, object]) -> Path:
    """The path of names from the root; `UNCATEGORIZED` where nothing tells."""
    name = title.lower().removeprefix(brand.lower())
    return (
        KINDS.get(str(facts.get("product_type")))
        or MAKERS.get(brand)
        or _by_words(name)
        or _by_facts(facts)
        or _by_words(short_description.lower())
        or UNCATEGORIZED
    )


def _by_facts(facts: Mapping[str, object]) -> Path | None:
    return next((path for key, path in FACTS if key in facts), None)
