"""Sending buyers the files and license keys that they bought."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from domain.shared.ids import DigitalDownloadId
from integrations.files.folder import FileFolder
from persistence.fulfillment.digital import take_download
from server.wiring import Parts

PRIVATE = {"Cache-Control": "private, no-store"}


def download_route(parts: Parts) -> Route:
    """GET `/downloads/<id>`, with the signature that `DigitalDownload.url` gives it; ranges of files are served.

    A download counts as it begins. Going on with one that broke off counts nothing, as long as its link is good.
    """
    folder = FileFolder(parts.settings.commerce_files)

    async def fetch(request: Request) -> Response:
        until, signature = (request.query_params.get(name, "") for name in ("until", "signature"))
        now = parts.services.now()
        if not parts.services.links.is_signed(request.url.path, until, signature, now):
            return PlainTextResponse("This link has ended, or was never one of ours.\n", 403)
        download_id = DigitalDownloadId(request.path_params["id"])
        found = await take_download(parts.pool, download_id, now, is_counted=_begins(request))
        if found is None:
            return PlainTextResponse("This download is over.\n", 410)
        if found.path is None:
            headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{found.name}"'}
            return PlainTextResponse(f"{found.license_key}\n", headers=headers)
        path = folder.find(found.path)
        if path is None:
            return PlainTextResponse("The file is missing; tell the shop.\n", 404)
        return FileResponse(path, filename=found.name, headers=PRIVATE, media_type="application/octet-stream")

    return Route("/downloads/{id}", fetch)


def _begins(request: Request) -> bool:
    """Whether it asks for the beginning of the file, and not just about it."""
    asked = request.headers.get("range", "").replace(" ", "").removeprefix("bytes=")
    is_first = any(part.startswith(("0-", "-")) for part in asked.split(",")) if asked else True
    return request.method == "GET" and is_first
