import asyncio
from contextlib import aclosing
from hashlib import sha256

import orjson
import pytest

from execution import AdmittedOperation, ErrorWriter, Executor, Fault, Parameters, Result, Service
from tests.execution.toy import Context, make_schema


class Unclosable(Context):
    async def close(self) -> None:
        raise ZeroDivisionError


@pytest.fixture
def faults() -> list[Fault]:
    return []


@pytest.fixture
def told() -> list[tuple[object, ...]]:
    return []


def make_service(context: Context, faults: list[Fault], told: list[tuple[object, ...]]) -> Service[None]:
    async def make_context(_connection: None, _admitted: AdmittedOperation) -> Context:
        return context

    executor = Executor(make_schema(), errors=ErrorWriter(faults.append))
    return Service(executor, make_context, lambda *what: told.append(what[:3]))


def admitted(service: Service[None], document: str) -> AdmittedOperation:
    operation = service.admit(document, None, None)
    assert isinstance(operation, AdmittedOperation)
    return operation


async def test_an_answer_stands_when_its_context_cannot_be_closed(faults, told):
    service = make_service(Unclosable(), faults, told)

    result = await service.answer(None, admitted(service, "query Q { hello }"))

    assert result == Result({"hello": "Hello, world!"})
    assert [(type(fault.error), fault.operation_name) for fault in faults] == [(ZeroDivisionError, "Q")]


async def test_a_canceled_request_closes_its_context(faults, told):
    context = Context()
    service = make_service(context, faults, told)
    answering = asyncio.ensure_future(service.answer(None, admitted(service, "{ slow(seconds: 30) }")))
    await asyncio.sleep(0.01)

    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)

    assert (answering.cancelled(), context.closed) == (True, 1)


async def test_a_stream_closed_early_closes_its_context_and_is_told_once(faults, told):
    context = Context()
    service = make_service(context, faults, told)

    async with aclosing(service.stream(None, admitted(service, "subscription S { count(to: 9) }"))) as results:
        await anext(results)

    assert (context.closed, context.events_open) == (1, 0)
    assert told == [("S", "subscription", "ok")]


async def test_a_fault_in_admission_is_masked(faults, told, monkeypatch):
    service = make_service(Context(), faults, told)
    monkeypatch.setattr(service.executor.documents, "admit", lambda _text: 1 / 0)

    result = service.admit("{ hello }", None, None)

    assert isinstance(result, Result)
    assert (result.executed, result.code, len(faults)) == (False, "INTERNAL_SERVER_ERROR", 1)
    assert told == [(None, "unknown", "refused")]


def asked(document: str, **variables: object) -> tuple[Parameters, bytes]:
    return Parameters(document, variables), orjson.dumps({"query": document, "variables": variables})


async def test_a_request_that_came_before_is_known_by_its_bytes(faults, told):
    service = make_service(Context(), faults, told)
    once, body = asked("query Q($c: Boolean!) { hello @include(if: $c) }", c=True)

    found = [await service.prepare(None, once, body) for _ in range(3)]

    assert found[1] is found[2] is service.known(None, body)
    assert service.known(None, body.replace(b"true", b"false")) is None


@pytest.mark.parametrize(
    "parameters",
    [
        Parameters("{ hello }", extensions={"cost": True}),
        Parameters(
            "{ hello }", extensions={"persistedQuery": {"version": 1, "sha256Hash": sha256(b"{ hello }").hexdigest()}}
        ),
        Parameters("{ nothing }"),
    ],
)
async def test_what_more_is_done_for_than_to_run_it_is_not_known_by_its_bytes(faults, told, parameters):
    service = make_service(Context(), faults, told)

    for _ in range(3):
        await service.prepare(None, parameters, b"body")

    assert service.known(None, b"body") is None


async def test_a_request_is_known_as_long_as_its_document_is_kept(faults, told):
    service = make_service(Context(), faults, told)
    service.executor.documents._max_documents = 5
    used, body = asked("{ hello }")
    for _ in range(2):
        await service.prepare(None, used, body)

    async def ask_for_others(letter: str) -> None:
        for number in range(4):
            other, _ = asked(f"{{ {letter}{number}: hello }}")
            for _ in range(2):
                await service.prepare(None, other)

    for letter in "abc":
        await ask_for_others(letter)
        assert service.known(None, body) is not None
    for letter in "de":
        await ask_for_others(letter)

    assert service.known(None, body) is None
