"""What a client asks for, whatever transport it came by."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of the GraphQL-over-HTTP specification, with `documentId` of its appendix on persisted documents.

    Without `query` there is a `document_id`, or `persistedQuery` in `extensions`. `size_bytes`: of what was read.
    """

    query: str | None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None
    size_bytes: int = 0

    @property
    def asks_for_cost(self) -> bool:
        """Whether the answer shall tell in `extensions.cost` what it cost."""
        return self.extensions is not None and self.extensions.get("cost") is True

    @property
    def is_all_said(self) -> bool:
        """Whether it says all by itself, by its text: no id whose document might change, nothing to be kept."""
        return self.document_id is None and self.query is not None and self.extensions is None
