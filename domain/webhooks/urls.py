"""Which addresses may be given for a webhook. Where they lead is found out when something is sent there."""

import re
from urllib.parse import urlsplit

MAX_LENGTH = 2_000
PRINTABLE = re.compile(r"[!-~]+")


def url_problem(url: str, *, may_be_plain: bool) -> str | None:
    """What is wrong with the address of a webhook, if anything; `may_be_plain` lets in those without TLS."""
    if len(url) > MAX_LENGTH or not PRINTABLE.fullmatch(url):
        return f"An address has 1 to {MAX_LENGTH} printable ASCII characters."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "Not an address."
    if parts.scheme not in (("https", "http") if may_be_plain else ("https",)):
        return "The address must begin with https://."
    if not parts.hostname or port == 0:
        return "Not an address."
    if parts.username is not None or parts.password is not None:
        return "The address must not hold credentials: requests are signed."
    return "The address must not have a fragment." if parts.fragment else None
