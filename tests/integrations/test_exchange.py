"""Short exchanges with servers that behave, and with some that do not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvloop

from integrations.exchange import Exchange, NoAnswerError

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Server:
    """Answers each question with the next of `answers`; an empty one closes the connection, None says nothing."""

    def __init__(self, *answers: bytes | None) -> None:
        self._answers = list(answers)
        self.asked: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while self._answers:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            self.asked.append(head + await reader.readexactly(length))
            answer = self._answers.pop(0)
            if answer is None:
                continue
            writer.write(answer)
            if not answer or b"connection: close" in answer:
                break
        writer.close()


@asynccontextmanager
async def asking(server: Server, path: str = "", seconds: float = 5.0) -> AsyncIterator[Exchange]:
    running = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = running.sockets[0].getsockname()[1]
    exchange = Exchange(f"http://127.0.0.1:{port}{path}", timeout_seconds=seconds)
    yield exchange
    await exchange.aclose()
    running.close()
    await running.wait_closed()


async def test_a_question_goes_below_the_servers_path_with_its_body_as_json():
    server = Server(OK)

    async with asking(server, "/double/") as exchange:
        answer = await exchange.ask("POST", "/authorizations", b'{"key":1}')

    assert (answer.status, answer.content, answer.is_success) == (200, b"{}", True)
    assert server.asked[0].startswith(b"POST /double/authorizations HTTP/1.1\r\nhost: 127.0.0.1:")
    assert server.asked[0].endswith(b'content-type: application/json\r\ncontent-length: 9\r\n\r\n{"key":1}')


async def test_a_connection_is_kept_for_the_next_question():
    server = Server(OK, OK, OK)

    async with asking(server) as exchange:
        for _ in range(3):
            await exchange.ask("GET", "/")

    assert (server.connections, len(server.asked)) == (1, 3)


def test_it_works_on_the_loop_that_servers_run_on():
    server = Server(OK, OK)

    async def ask_twice() -> list[int]:
        async with asking(server) as exchange:
            return [(await exchange.ask("GET", "/")).status for _ in range(2)]

    assert uvloop.run(ask_twice()) == [200, 200]
    assert server.connections == 1


async def test_questions_beside_each_other_have_connections_of_their_own():
    server = Server(*[OK] * 6)

    async with asking(server) as exchange:
        await asyncio.gather(*[exchange.ask("GET", "/") for _ in range(3)])
        await asyncio.gather(*[exchange.ask("GET", "/") for _ in range(3)])

    assert (server.connections, len(server.asked)) == (3, 6)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    ],
)
async def test_a_connection_that_the_server_closes_is_not_used_again(answer: bytes):
    server = Server(answer, OK)

    async with asking(server) as exchange:
        await exchange.ask("GET", "/")
        answer_after = await exchange.ask("GET", "/")

    assert (answer_after.status, server.connections) == (200, 2)


async def test_an_answer_in_pieces_is_put_together():
    server = Server(b"HTTP/1.1 404 No\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{ }\r\n2\r\n  \r\n0\r\n\r\n")

    async with asking(server) as exchange:
        answer = await exchange.ask("GET", "/")

    assert (answer.status, answer.content, answer.is_success) == (404, b"{ }  ", False)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(b"", 5.0), (b"What?\r\n\r\n", 5.0), (None, 0.05)],
    ids=["closed", "no HTTP", "silent"],
)
async def test_without_an_answer_it_says_so_and_asks_nothing_twice(answer: bytes | None, seconds: float):
    server = Server(answer, OK)

    async with asking(server, seconds=seconds) as exchange:
        with pytest.raises(NoAnswerError):
            await exchange.ask("POST", "/", b"{}")

        assert len(server.asked) == 1
        assert (await exchange.ask("GET", "/")).status == 200


async def test_a_server_that_is_not_there_gives_no_answer(unused_tcp_port: int):
    exchange = Exchange(f"http://127.0.0.1:{unused_tcp_port}", timeout_seconds=1)

    with pytest.raises(NoAnswerError, match="ConnectionRefusedError"):
        await exchange.ask("GET", "/")
