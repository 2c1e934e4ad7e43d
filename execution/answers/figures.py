"""What became of those who asked, counted."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Figures:
    """`hits` by where the answer was, `bypasses` by why nothing could be kept; all since the process began."""

    hits: Counter[str] = field(default_factory=Counter)
    bypasses: Counter[str] = field(default_factory=Counter)
    misses: int = 0
    purged: int = 0
    overtaken: int = 0
    """Answers of which something changed while they were made."""
