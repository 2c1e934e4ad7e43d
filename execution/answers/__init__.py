"""Whole answers, kept for those who ask the same: in the process, and by all processes together.

An `AnswerKeeper` decides what may be kept and under which name, `Answers` keeps it. Every answer knows what it was made
of (its sources) and at which moment; whoever follows the changes of the data tells `Answers.saw`, and what is no longer
right is forgotten. Nothing is answered from here while nobody tells.
"""

from execution.answers.answer import KeptAnswer
from execution.answers.answers import Answers, AnswersSettings, SharedAnswers
from execution.answers.figures import Figures
from execution.answers.history import EVERYTHING
from execution.answers.keeper import UNKNOWN, AnswerKeeper, Recorded

__all__ = [
    "EVERYTHING",
    "UNKNOWN",
    "AnswerKeeper",
    "Answers",
    "AnswersSettings",
    "Figures",
    "KeptAnswer",
    "Recorded",
    "SharedAnswers",
]
