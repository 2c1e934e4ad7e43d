"""What staff changes of an order before it is sent: units that go, and units that come (rule O6).

What was sold is never rewritten. Units that go are canceled for what they cost; units that come are lines of their own,
priced as `domain.orders.adding` says.
"""

from collections.abc import Mapping, Sequence

from domain.orders.adding.model import MAX_QUANTITY, Added, added_problems
from domain.orders.model import OrderLine
from domain.orders.refunding.model import MAX_LINES, Units
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import OrderLineId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """Units of lines that go, and units of lines that come in addition."""

    going: tuple[Units, ...]
    coming: tuple[tuple[OrderLine, int], ...]

    def kept(self, lines: Sequence[OrderLine]) -> list[tuple[OrderLine, int]]:
        """What stays of the order's lines, with how many units."""
        going = {item.order_line_id: item.quantity for item in self.going}
        counted = [(line, _live(line) - going.get(line.id, 0)) for line in lines]
        return [(line, count) for line, count in counted if count]


def changes_of(lines: Sequence[OrderLine], wanted: Sequence[Units], added: Sequence[Added]) -> Changes:
    """What it takes to bring lines to the wanted quantities. Refuses, with all that is wrong."""
    by_id = {line.id: line for line in lines}
    problems = [*_wanted_problems(wanted, by_id), *added_problems(added, "add")]
    if problems:
        raise Refused(*problems)
    if not wanted and not added:
        raise refuse(ErrorCode.REQUIRED, "Say what shall change.", "set")
    pairs = [(by_id[item.order_line_id], item.quantity) for item in wanted]
    return Changes(
        tuple(Units(line.id, _live(line) - count) for line, count in pairs if count < _live(line)),
        tuple((line, count - _live(line)) for line, count in pairs if count > _live(line)),
    )


def _live(line: OrderLine) -> int:
    return line.quantity - line.given_back


def _wanted_problems(wanted: Sequence[Units], by_id: Mapping[OrderLineId, OrderLine]) -> list[Problem]:
    if len(wanted) > MAX_LINES:
        return [Problem(ErrorCode.INVALID, f"At most {MAX_LINES} lines at once.", ("set",))]
    problems = []
    seen: set[OrderLineId] = set()
    for at, item in enumerate(wanted):
        line, path = by_id.get(item.order_line_id), ("set", str(at))
        if line is None:
            problems.append(Problem(ErrorCode.NOT_FOUND, "No such line in this order.", (*path, "order_line_id")))
        elif line.id in seen:
            problems.append(Problem(ErrorCode.INVALID, "This line is named twice.", (*path, "order_line_id")))
        elif not line.fulfilled <= item.quantity <= MAX_QUANTITY:
            message = f"Of this line, {line.fulfilled} to {MAX_QUANTITY} units can be wanted."
            problems.append(Problem(ErrorCode.QUANTITY_LIMIT, message, (*path, "quantity")))
        seen.add(item.order_line_id)
    return problems
