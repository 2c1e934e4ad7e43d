"""Digital goods: files and license keys, and what a buyer may download of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.orders.model import OrderLine
from domain.shared.ids import DigitalDownloadId, DigitalFileId, NewId, OrderLineId, VariantId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class DigitalFile:
    """A file that buyers of a variant may download, below the folder that the server is given.

    Each buyer may do so `downloads_allowed` times within `days_allowed`; None is as often, or as long, as they like.
    """

    id: DigitalFileId
    variant_id: VariantId
    name: str
    path: str
    size_bytes: int
    sha256: str
    downloads_allowed: int | None = None
    days_allowed: int | None = None

    @property
    def size_kilobytes(self) -> int:
        """Rounded up."""
        return -(-self.size_bytes // 1000)


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Goods:
    """What units of a variant consist of: files, and for each unit a key of its own where it has any."""

    files: tuple[DigitalFile, ...]
    has_keys: bool

    @property
    def is_empty(self) -> bool:
        return not self.files and not self.has_keys


@dataclass(frozen=True, slots=True)
class DigitalDownload:
    """What a buyer may download for a unit of an order line: a file, or without one the unit's license key.

    `remaining` is None where it may be downloaded as often as they like.
    """

    id: DigitalDownloadId
    order_line_id: OrderLineId
    unit: int
    file_id: DigitalFileId | None
    file_name: str
    remaining: int | None = None
    expires_at: datetime | None = None
    license_key: str | None = None


KEY_FILE = "license-key.txt"
"""What a license key without a file is downloaded as."""


def downloads_of(
    line: OrderLine, goods: Goods, units: Sequence[int], *, new_id: NewId, now: datetime
) -> list[DigitalDownload]:
    """What the buyer of these units of a line gets; without keys once for all units of the line."""
    wanted = units if goods.has_keys else [unit for unit in units if unit == 1]
    files: Sequence[DigitalFile | None] = goods.files or (None,)
    return [_download(line, unit, file, new_id=new_id, now=now) for unit in wanted for file in files]


def _download(line: OrderLine, unit: int, file: DigitalFile | None, *, new_id: NewId, now: datetime) -> DigitalDownload:
    download_id = DigitalDownloadId(new_id("digital_download"))
    if file is None:
        return DigitalDownload(download_id, line.id, unit, None, KEY_FILE)
    expires_at = now + timedelta(days=file.days_allowed) if file.days_allowed else None
    return DigitalDownload(download_id, line.id, unit, file.id, file.name, file.downloads_allowed, expires_at)
