"""The arguments of connections, checked."""

from domain.shared.errors import RequestFault
from domain.shared.page import MAX_PAGE_SIZE, PageRequest


def page_request(
    first: int | None, after: str | None = None, last: int | None = None, before: str | None = None
) -> PageRequest:
    """What a client asked of a connection; BAD_USER_INPUT for sizes that no page has."""
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= MAX_PAGE_SIZE:
            raise RequestFault(f"`{name}` must be 0 to {MAX_PAGE_SIZE}.")
    if last is not None:
        if after is not None:
            raise RequestFault("`last` goes with `before`, not with `after`.")
        return PageRequest(last=last, before=before)
    if before is not None:
        raise RequestFault("`before` goes with `last`.")
    return PageRequest(first=first, after=after)
