"""Requests go to public addresses alone, whatever is written in their place, and never hang."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from domain.webhooks.model import WebhookOutcome
from integrations.identity.sealing import FolderSeal, KeyedSeal, read_seal
from integrations.webhooks.addresses import GuardedBackend
from integrations.webhooks.sender import HttpSender, answered
from tests.factories.tls import tls_receiver
from tests.factories.webhooks import Receiver, receiving

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


async def outcome(sender: HttpSender, url: str, *, is_trusted: bool = True) -> WebhookOutcome:
    return (await sender.post(url, {"webhook-id": "msg_1"}, b"{}", is_trusted=is_trusted)).outcome


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "168.63.129.16",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "0",
        "[::]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
async def test_no_request_reaches_what_is_not_public(receiver: Receiver, host: str, scheme: str):
    port = receiver.url.rpartition(":")[2]
    async with HttpSender() as sender:
        found = [await outcome(sender, f"{scheme}://{host}:{port}", is_trusted=trusted) for trusted in (True, False)]

    assert set(found) <= {WebhookOutcome.FORBIDDEN_ADDRESS, WebhookOutcome.UNREACHABLE}
    assert WebhookOutcome.FORBIDDEN_ADDRESS in found or host in {"0x7f.1", "0177.0.0.1", "127.1", "0"}
    assert receiver.received == []


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.7"], ["169.254.169.254"]], ids="+".join)
async def test_a_name_is_refused_for_where_it_leads_when_it_is_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
):
    async def resolve(_host: str, _port: int) -> list[str]:
        return addresses

    monkeypatch.setattr("integrations.webhooks.addresses.looked_up", resolve)
    async with HttpSender() as sender:
        found = await outcome(sender, f"https://hooks.example:{receiver.url.rpartition(':')[2]}")

    assert found is WebhookOutcome.FORBIDDEN_ADDRESS


async def test_what_was_checked_is_what_is_connected_to(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    """A name that leads elsewhere when it is asked again is never asked again."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1" if len(asked) == 1 else "10.0.0.1"]

    monkeypatch.setattr("integrations.webhooks.addresses.looked_up", resolve)
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    async with HttpSender(LOOPBACK) as sender:
        found = await outcome(sender, f"http://rebinding.example:{port}/")

    assert (found, asked) == (WebhookOutcome.SUCCEEDED, ["rebinding.example"])


async def test_networks_of_ones_own_are_for_trusted_requests_alone(receiver: Receiver):
    async with HttpSender(LOOPBACK) as sender:
        found = [await outcome(sender, receiver.url, is_trusted=trusted) for trusted in (True, False)]

    assert found == [WebhookOutcome.SUCCEEDED, WebhookOutcome.FORBIDDEN_ADDRESS]
    assert len(receiver.received) == 1


def test_without_tls_nothing_public_is_reached():
    public = ip_address("93.184.216.34")

    assert GuardedBackend().may_reach(public)
    assert not GuardedBackend(LOOPBACK, or_public=False).may_reach(public)


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"])
async def test_a_receiver_that_does_not_speak_http_counts_as_unreachable(answer: bytes):
    async def answer_so(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(answer_so, "127.0.0.1", 0) as server, HttpSender(is_lenient=True) as sender:
        port = server.sockets[0].getsockname()[1]
        assert await outcome(sender, f"http://127.0.0.1:{port}/") is WebhookOutcome.UNREACHABLE


async def test_a_receiver_that_trickles_its_answer_is_given_up():
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with (
        await asyncio.start_server(trickle, "127.0.0.1", 0) as server,
        HttpSender(is_lenient=True, total_seconds=0.5) as sender,
    ):
        port = server.sockets[0].getsockname()[1]
        assert await outcome(sender, f"http://127.0.0.1:{port}/") is WebhookOutcome.TIMED_OUT


async def test_nobody_listening_counts_as_unreachable():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    async with HttpSender(is_lenient=True) as sender:
        assert await outcome(sender, f"http://127.0.0.1:{port}/") is WebhookOutcome.UNREACHABLE


async def test_a_certificate_must_be_trusted_and_for_the_name_in_the_address(tmp_path: Path):
    async with (
        tls_receiver(tmp_path) as (port, trusting),
        HttpSender(LOOPBACK) as plain,
        HttpSender(LOOPBACK, tls=trusting) as sender,
    ):
        trusted = await outcome(sender, f"https://localhost:{port}/")
        misnamed = await outcome(sender, f"https://127.0.0.1:{port}/")
        unknown = await outcome(plain, f"https://localhost:{port}/")

    assert trusted is WebhookOutcome.SUCCEEDED
    assert (misnamed, unknown) == (WebhookOutcome.UNREACHABLE, WebhookOutcome.UNREACHABLE)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120),
        (b"Tue, 06 May 2031 07:10:09 GMT", 120),
        (b"Tue, 06 May 2031 07:06:09 GMT", -120),
        (b"soon", None),
        (b"9" * 400, 100_000_000),
        ("٣".encode(), None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: bytes, seconds: int | None):
    now = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)

    found = answered(503, {b"Retry-After": value}, "", now).retry_after

    assert found == (None if seconds is None else timedelta(seconds=seconds))


def test_a_secret_is_sealed_by_the_first_key_and_opened_by_any():
    old, new = bytes(32), b"\x01" * 32
    secret = KeyedSeal(old).new_secret()

    assert KeyedSeal(new, old).opened(secret.sealed) == secret.text
    with pytest.raises(LookupError):
        KeyedSeal(new).opened(secret.sealed)
    with pytest.raises(LookupError):
        KeyedSeal(old).opened(secret.sealed[:-1] + bytes([secret.sealed[-1] ^ 1]))


@pytest.mark.parametrize("text", ["", "short", "AAAA", "AAAA,"])
def test_keys_that_are_none_are_refused_without_showing_them(text: str):
    with pytest.raises(ValueError, match="must be keys of 32 bytes in base64"):
        read_seal(text)


def test_the_key_of_a_data_folder_is_made_once_and_when_it_is_needed(tmp_path: Path):
    folder = tmp_path / "data"
    one, other = FolderSeal(folder), FolderSeal(folder)
    was_there = folder.exists()

    secret = one.new_secret()

    assert (was_there, other.opened(secret.sealed)) == (False, secret.text)
