"""`commerce doctor`: whether a live database keeps the rules that no single constraint can hold."""

from server.doctor.check import Check, Finding
from server.doctor.examination import CHECKS, examine, findings

__all__ = ["CHECKS", "Check", "Finding", "examine", "findings"]
