"""The test gateway as a process."""

from pathlib import Path

import uvicorn

from integrations.test_gateway.server import TestGateway
from server.listening import address_of, inherited_socket, listening_socket


async def serve_gateway(data_dir: Path, host: str, port: int) -> None:
    """Serve it until told to stop. Its book lies in the data folder.

    Its address is printed, unless the socket was handed down by a parent, who knows it.
    """
    listener = inherited_socket()
    if listener is None:
        listener = listening_socket(host, port)
        print(address_of(listener), flush=True)  # noqa: T201
    app = TestGateway(data_dir / "test-gateway.sqlite").app()
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    await uvicorn.Server(config).serve([listener])
