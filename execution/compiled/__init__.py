"""Compiled execution: what graphql-core answers, by Python written for the operation.

`Plans.of` tells the plan of an operation, or why it has none. `Run.data` is the answer's data if all goes well;
otherwise graphql-core goes on from `Run.outcomes`. Its answers are those of graphql-core in data, in order, in the
positions of errors and in their codes.
"""

from execution.compiled.plan import Plan, Plans
from execution.compiled.replay import Outcomes
from execution.compiled.run import Run

__all__ = ["Outcomes", "Plan", "Plans", "Run"]
