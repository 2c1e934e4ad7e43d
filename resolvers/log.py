"""The event log, in bounded batches. Its cursors are positions, the same in every list and subscription."""

from collections.abc import Sequence

from domain.shared.errors import RequestFault
from domain.shared.events import RecordedEvent
from domain.shared.making import dataclass
from domain.shared.page import MAX_PAGE_SIZE, Edge, PageInfo
from persistence.paging import decode_cursor, encode_cursor

LOG = "events"
LAST_POSITION = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EventPage:
    """A part of the log. It has no count: the log has no end."""

    edges: Sequence[Edge[RecordedEvent]]
    page_info: PageInfo

    @property
    def nodes(self) -> Sequence[RecordedEvent]:
        return [edge.node for edge in self.edges]


def cursor_of(event: RecordedEvent) -> str:
    """Whoever has seen the event goes on from here."""
    return cursor_at(event.position)


def cursor_at(position: int) -> str:
    """Whoever has seen all up to the position goes on from here."""
    return encode_cursor(LOG, position)


def position_of(cursor: str) -> int:
    """The position in a cursor of the log; BAD_USER_INPUT for any other text."""
    (position,) = decode_cursor(cursor, LOG, int)
    if not 0 <= position <= LAST_POSITION:
        raise RequestFault("Not a cursor.")
    return int(position)


def checked_size(first: int) -> int:
    if not 0 <= first <= MAX_PAGE_SIZE:
        raise RequestFault(f"`first` must be 0 to {MAX_PAGE_SIZE}.")
    return first


def event_page(found: Sequence[RecordedEvent], first: int, after: str | None) -> EventPage:
    """The page of `found`, which was read with one more than `first`."""
    edges = [Edge(cursor_of(event), event) for event in found[:first]]
    info = PageInfo(
        has_next_page=len(found) > first,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return EventPage(edges, info)
