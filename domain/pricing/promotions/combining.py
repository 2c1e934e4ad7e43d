"""Which promotions apply together (rule P5), found by trying rather than by guessing.

All that combine apply, but one at most of each exclusion group; or one exclusive promotion alone: whatever saves the
buyer most. Every choice is priced as a whole, since what one promotion leaves is what the next one sees. The choices
are as many as the product of the groups' sizes, and all are tried up to `MAX_CHOICES`; above that the groups choose one
after another, in the order of their first promotions, while those still to choose stand with their first. So there are
never more than `MAX_CHOICES` choices, or one for each promotion of a group, and one for each exclusive promotion.
"""

from collections.abc import Sequence
from itertools import product
from math import prod

from domain.pricing.promotions.candidates import Candidate
from domain.pricing.promotions.running import Running, outcome
from domain.pricing.promotions.situation import Situation
from domain.shared.making import dataclass

MAX_CHOICES = 64


@dataclass(frozen=True, slots=True)
class Combination:
    """What applies together, in the order of application, and what it leaves."""

    chosen: tuple[Candidate, ...]
    running: Running


def best(candidates: Sequence[Candidate], situation: Situation) -> Combination:
    """The combination that saves most; of two alike what combines, then the lower priority number, then id.

    `candidates` are in the order of their application, which decides nothing but that order.
    """
    found = _best_of_combining([each for each in candidates if not each.is_exclusive], situation)
    for exclusive in sorted((each for each in candidates if each.is_exclusive), key=_preference):
        found = _better(found, _Choices((), (), Running(situation)).priced([exclusive]))
    return found


def _best_of_combining(candidates: Sequence[Candidate], situation: Situation) -> Combination:
    """What stands before the first promotion of a group is the same for all choices, and priced once."""
    groups = _groups(candidates)
    grouped = [at for at, each in enumerate(candidates) if each.promotion.exclusion_group is not None]
    first = grouped[0] if grouped else len(candidates)
    later = [each for each in candidates[first:] if each.promotion.exclusion_group is None]
    choices = _Choices(tuple(candidates[:first]), later, outcome(situation, candidates[:first]))
    if prod(len(group) for group in groups) > MAX_CHOICES:
        return _one_group_after_another(choices, groups)
    tried = product(*groups)
    found = choices.priced(next(tried))
    for choice in tried:
        found = _better(found, choices.priced(choice))
    return found


def _one_group_after_another(choices: "_Choices", groups: Sequence[Sequence[Candidate]]) -> Combination:
    chosen = [group[0] for group in groups]
    found = choices.priced(chosen)
    for at, group in enumerate(groups):
        for candidate in group[1:]:
            choice = [*chosen[:at], candidate, *chosen[at + 1 :]]
            better = _better(found, choices.priced(choice))
            if better is not found:
                found, chosen = better, choice
    return found


@dataclass(frozen=True, slots=True)
class _Choices:
    """What applies whatever is chosen: `common` has taken its turns in `running`, `later` has yet to take them."""

    common: tuple[Candidate, ...]
    later: Sequence[Candidate]
    running: Running

    def priced(self, choice: Sequence[Candidate]) -> Combination:
        rest = sorted([*self.later, *choice], key=lambda candidate: candidate.rank) if choice else self.later
        running = self.running.copy()
        for candidate in rest:
            running.apply(candidate)
        return Combination((*self.common, *rest), running)


def _groups(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """The members of each exclusion group, the preferred first."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=_preference):
        group = candidate.promotion.exclusion_group
        if group is not None:
            groups.setdefault(group, []).append(candidate)
    return list(groups.values())


def _preference(candidate: Candidate) -> tuple[int, str]:
    return candidate.promotion.rank


def _better(known: Combination, other: Combination) -> Combination:
    return other if other.running.saving > known.running.saving else known
