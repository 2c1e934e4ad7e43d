"""How a GraphQL document becomes bytes: admission, execution, encoding. Knows nothing of commerce."""

from execution.answers import AnswerKeeper, Answers, AnswersSettings, KeptAnswer, SharedAnswers
from execution.asked import Parameters
from execution.caching import CachePolicy
from execution.directives import directive_arguments, graphql_schema, with_directives
from execution.documents import Document, DocumentStore, Operation
from execution.errors import RequestErrorCode, RequestRefused, coded, refusal
from execution.executor import AdmittedOperation, Executor
from execution.limits import Limits
from execution.persisted import PersistedDocuments, SharedTexts, TrustedTexts
from execution.responses import ErrorWriter, Fault, Result, encode
from execution.service import Gate, MakeContext, Observe, Service, Status, status_of

__all__ = [
    "AdmittedOperation",
    "AnswerKeeper",
    "Answers",
    "AnswersSettings",
    "CachePolicy",
    "Document",
    "DocumentStore",
    "ErrorWriter",
    "Executor",
    "Fault",
    "Gate",
    "KeptAnswer",
    "Limits",
    "MakeContext",
    "Observe",
    "Operation",
    "Parameters",
    "PersistedDocuments",
    "RequestErrorCode",
    "RequestRefused",
    "Result",
    "Service",
    "SharedAnswers",
    "SharedTexts",
    "Status",
    "TrustedTexts",
    "coded",
    "directive_arguments",
    "encode",
    "graphql_schema",
    "refusal",
    "status_of",
    "with_directives",
]
