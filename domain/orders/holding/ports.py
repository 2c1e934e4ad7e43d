"""What the life of an order as a whole needs from outside."""

from typing import Protocol

from domain.orders.canceling.ports import UnitOfWork as CancelingUnitOfWork
from domain.orders.covering.ports import UnitOfWork as CoveringUnitOfWork


class UnitOfWork(CancelingUnitOfWork, CoveringUnitOfWork, Protocol):
    """Orders with all that they own."""
