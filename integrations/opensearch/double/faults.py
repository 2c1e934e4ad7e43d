"""What the engine answers to what it cannot do, in its own words."""

from typing import Any


class EngineFault(Exception):  # noqa: N818 - said of the request
    """An error as OpenSearch and Elasticsearch write it."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.cause = {"type": kind, "reason": reason}

    @property
    def body(self) -> dict[str, Any]:
        return {"error": {"root_cause": [self.cause], **self.cause}, "status": self.status}


def unparsable(reason: str) -> EngineFault:
    return EngineFault(400, "parsing_exception", reason)


def illegal(reason: str) -> EngineFault:
    return EngineFault(400, "illegal_argument_exception", reason)


def no_index(name: str) -> EngineFault:
    return EngineFault(404, "index_not_found_exception", f"no such index [{name}]")


def too_much() -> EngineFault:
    return EngineFault(429, "es_rejected_execution_exception", "rejected execution: queue capacity is reached")
