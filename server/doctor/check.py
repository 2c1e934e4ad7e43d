"""What a check is, and what it finds."""

from domain.shared.making import dataclass

NAMED = 5
"""How many offenders a finding names."""


@dataclass(frozen=True, slots=True)
class Check:
    """A rule, told by `sentence`; `sql` selects one text for each offender: its id, or ids joined by `@`."""

    name: str
    sentence: str
    sql: str

    @property
    def counted_sql(self) -> str:
        """How many offend, and the first few of them."""
        offending = f"WITH offending (id) AS ({self.sql})"
        return f"{offending} SELECT count(*), (array_agg(id ORDER BY id))[1:{NAMED}] FROM offending"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken `count` times; `offenders` are the first few."""

    check: Check
    count: int
    offenders: tuple[str, ...]

    def __str__(self) -> str:
        more = f" and {self.count - len(self.offenders)} more" if self.count > len(self.offenders) else ""
        return f"{self.check.name}: not so: {self.check.sentence} See {', '.join(self.offenders)}{more}."
