"""The test gateway as a process."""

import socket
from pathlib import Path

import uvicorn

from integrations.test_gateway.server import TestGateway


async def serve_gateway(data_dir: Path, host: str, port: int) -> None:
    """Serve it until told to stop; its address is the first line that is printed. Its book lies in the data folder."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen()
    print(f"http://{host}:{listener.getsockname()[1]}", flush=True)  # noqa: T201
    app = TestGateway(data_dir / "test-gateway.sqlite").app()
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    await uvicorn.Server(config).serve([listener])
