"""How a GraphQL document becomes bytes: admission, execution, encoding. Knows nothing of commerce."""

from execution.directives import directive_arguments, graphql_schema, with_directives
from execution.documents import Document, DocumentStore, Operation
from execution.errors import RequestErrorCode, RequestRefused, coded, refusal
from execution.executor import AdmittedOperation, Executor
from execution.limits import Limits
from execution.responses import ErrorWriter, Fault, Result, encode
from execution.service import MakeContext, Observe, Service

__all__ = [
    "AdmittedOperation",
    "Document",
    "DocumentStore",
    "ErrorWriter",
    "Executor",
    "Fault",
    "Limits",
    "MakeContext",
    "Observe",
    "Operation",
    "RequestErrorCode",
    "RequestRefused",
    "Result",
    "Service",
    "coded",
    "directive_arguments",
    "encode",
    "graphql_schema",
    "refusal",
    "with_directives",
]
