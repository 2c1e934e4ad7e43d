"""Selling what is downloaded: files and keys, delivered without anybody's doing once their order is paid for."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from domain.fulfillment.digital.model import DigitalFile, downloads_of
from domain.fulfillment.digital.ports import Files, UnitOfWork
from domain.fulfillment.usecases import move_by_units
from domain.orders.model import Order, OrderLine, OrderStatus
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import DigitalFileId, OrderId, VariantId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass
from domain.shared.text import is_plain

MAX_KEYS = 10_000
MAX_KEY_LENGTH = 500
MAX_NAME_LENGTH = 255
MAX_ALLOWED = 10_000


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """Let buyers of a variant download the file at `path`, under a name; once more to change its terms."""

    variant_id: VariantId
    name: str
    path: str
    downloads_allowed: int | None
    days_allowed: int | None


@dataclass(frozen=True, slots=True)
class ImportKeys:
    """Put license keys into the pool of a variant. Keys that it has already are left as they are."""

    variant_id: VariantId
    keys: tuple[str, ...]
    idempotency_key: str


class Delivery(Enum):
    """What became of the digital goods of an order."""

    DONE = "DONE"
    """Delivered, or there is nothing to deliver, or nobody to deliver it to any more."""
    HELD = "HELD"
    """The order is held."""
    LACKING = "LACKING"
    """Keys or files are missing."""


async def register_file(uow: UnitOfWork, command: RegisterFile, files: Files) -> DigitalFile:
    """The file as buyers get it from now on. NOT_FOUND for a variant that is not digital, and where no file lies."""
    _check_file(command)
    content = await files.content(command.path)
    if content is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such file in the folder.", "path")
    async with uow:
        await _check_digital(uow, command.variant_id)
        file = DigitalFile(
            DigitalFileId(uow.new_id("digital_file")),
            command.variant_id,
            command.name,
            command.path,
            content.size_bytes,
            content.sha256,
            command.downloads_allowed,
            command.days_allowed,
        )
        known = await uow.digital.put_file(file)
        await _serve_waiting(uow, command.variant_id)
        await uow.commit()
    return known


async def import_keys(uow: UnitOfWork, command: ImportKeys) -> int:
    """How many keys were new. Orders that wait for them get theirs, the oldest order first."""
    _check_keys(command.keys)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        await _check_digital(uow, command.variant_id)
        done = await uow.idempotency.begin(act)
        if done is not None:
            return int(done["added"])
        added = await uow.digital.add_keys(command.variant_id, command.keys)
        await _serve_waiting(uow, command.variant_id)
        await uow.idempotency.finish(act, {"added": added})
        await uow.commit()
    return added


async def deliver_digital(uow: UnitOfWork, order_id: OrderId, *, now: datetime) -> Delivery:
    """Deliver what of an order is digital, once it is confirmed. Twice is as once.

    One key goes to each unit. Units for which there are none wait, and staff is told. An order that grew is delivered
    nothing more until what it costs more is held or paid; whoever records that has this done again.
    """
    async with uow:
        order = await uow.orders.lock(order_id)
        assert order is not None, "orders are never deleted"
        if order.status is not OrderStatus.CONFIRMED:
            return Delivery.HELD if order.status is OrderStatus.ON_HOLD else Delivery.DONE
        if order.revision > 1 and not await uow.digital.is_covered(order.id):
            return Delivery.DONE
        lines = [line for line in await uow.orders.lines_of(order_id) if line.is_download and line.cancelable]
        sent = {line.id: await _deliver(uow, line, now=now) for line in lines}
        for part_id in sorted({line.vendor_order_id for line in lines if sent[line.id]}):
            part = await uow.orders.lock_part(part_id)
            assert part is not None, "orders are never deleted"
            await move_by_units(uow, part)
        lacking = [line for line in lines if sent[line.id] < line.cancelable]
        await _tell(uow, order, [line for line in lines if sent[line.id]], lacking)
        await uow.commit()
    return Delivery.LACKING if lacking else Delivery.DONE


async def _deliver(uow: UnitOfWork, line: OrderLine, *, now: datetime) -> int:
    """How many units of the line were delivered."""
    goods = await uow.digital.goods_of(line.variant_id)
    if goods.is_empty:
        return 0
    units = range(line.fulfilled + 1, line.fulfilled + 1 + line.cancelable)
    count = await uow.digital.assign_keys(line.variant_id, line.id, units) if goods.has_keys else len(units)
    if count:
        downloads = downloads_of(line, goods, units[:count], new_id=uow.new_id, now=now)
        await uow.digital.deliver(line.id, count, downloads)
    return count


async def _tell(uow: UnitOfWork, order: Order, sent: Sequence[OrderLine], lacking: Sequence[OrderLine]) -> None:
    uow.record(*[_event(EventType.DOWNLOADS_READY, line) for line in sent])
    for line in lacking:
        note = f"Nothing to deliver for {line.sku}: import license keys or register a file."
        if note not in order.internal_notes:
            await uow.orders.add_note(order.id, note)
            uow.record(_event(EventType.DOWNLOADS_LACKING, line))
            uow.tell(order.id)


async def _serve_waiting(uow: UnitOfWork, variant_id: VariantId) -> None:
    for order_id in await uow.digital.waiting_orders(variant_id):
        uow.enqueue(Job(JobKind.DELIVER_DIGITAL, order_id))


async def _check_digital(uow: UnitOfWork, variant_id: VariantId) -> None:
    if not await uow.digital.is_digital(variant_id):
        raise refuse(ErrorCode.NOT_FOUND, "No such variant of a digital product.", "variant_id")


def _check_file(command: RegisterFile) -> None:
    problems = []
    name = command.name
    if not (0 < len(name) <= MAX_NAME_LENGTH and is_plain(name)) or "/" in name or "\\" in name:
        message = f"A file name has 1 to {MAX_NAME_LENGTH} characters and no folders."
        problems.append(Problem(ErrorCode.INVALID, message, ("name",)))
    for field in ("downloads_allowed", "days_allowed"):
        allowed = getattr(command, field)
        if allowed is not None and not 1 <= allowed <= MAX_ALLOWED:
            problems.append(Problem(ErrorCode.INVALID, f"1 to {MAX_ALLOWED}, or none for no limit.", (field,)))
    if problems:
        raise Refused(*problems)


def _check_keys(keys: Sequence[str]) -> None:
    if not 1 <= len(keys) <= MAX_KEYS:
        raise refuse(ErrorCode.INVALID, f"Import 1 to {MAX_KEYS} keys at once.", "keys")
    problems = [
        Problem(ErrorCode.INVALID, f"A key has 1 to {MAX_KEY_LENGTH} characters.", ("keys", str(at)))
        for at, key in enumerate(keys)
        if not (0 < len(key.strip()) <= MAX_KEY_LENGTH and is_plain(key))
    ]
    if problems:
        raise Refused(*problems)


def _event(kind: EventType, line: OrderLine) -> Event:
    return Event(
        kind,
        line.vendor_order_id,
        order_id=line.order_id,
        vendor_order_id=line.vendor_order_id,
        vendor_id=line.vendor_id,
        offer_id=line.offer_id,
        changes={"orderLineId": line.id},
    )
