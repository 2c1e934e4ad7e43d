"""Why a request is refused before anything runs, and the codes clients see in `extensions.code`."""

from collections.abc import Iterable
from enum import StrEnum

from graphql import GraphQLError


class RequestErrorCode(StrEnum):
    """The codes this package gives to errors; resolvers and contexts may raise others of their own."""

    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    DOCUMENT_LIMIT_EXCEEDED = "DOCUMENT_LIMIT_EXCEEDED"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    BAD_REQUEST = "BAD_REQUEST"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    PERSISTED_DOCUMENT_NOT_FOUND = "PERSISTED_DOCUMENT_NOT_FOUND"
    PERSISTED_QUERY_HASH_MISMATCH = "PERSISTED_QUERY_HASH_MISMATCH"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    COST_LIMIT_EXCEEDED = "COST_LIMIT_EXCEEDED"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"


class RequestRefused(Exception):  # noqa: N818 - it names what happened, as `Refused` does
    """The request cannot run; each of `errors` carries its `extensions.code`."""

    def __init__(self, errors: Iterable[GraphQLError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(error.message for error in self.errors))


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """The error, with `code` in its extensions unless it has one already."""
    if not error.extensions or "code" not in error.extensions:
        error.extensions = {**(error.extensions or {}), "code": str(code)}
    return error


def refusal(message: str, code: str) -> RequestRefused:
    return RequestRefused([GraphQLError(message, extensions={"code": str(code)})])
