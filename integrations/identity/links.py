"""Links that let whoever holds them fetch one file for a while, without signing in."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from integrations.identity.keys import KeyRing

LIFETIME = timedelta(hours=24)


class SignedLinks:
    """Signs paths by HMAC-SHA256, under a key made from the one that signs tokens; changing that one ends all links."""

    def __init__(self, keys: KeyRing) -> None:
        private = str(keys.signing.as_dict(private=True)["d"])
        self._key = hashlib.sha256(f"links:{private}".encode()).digest()

    def sign(self, path: str, now: datetime) -> str:
        """The path with what proves, for a day, that it came from us."""
        until = int((now + LIFETIME).timestamp())
        return f"{path}?until={until}&signature={self._signature(path, str(until))}"

    def is_signed(self, path: str, until: str, signature: str, now: datetime) -> bool:
        """Whether the path was signed so by us and is good at `now`."""
        is_ours = hmac.compare_digest(self._signature(path, until).encode(), signature.encode())
        return is_ours and now.timestamp() < int(until)

    def _signature(self, path: str, until: str) -> str:
        digest = hmac.digest(self._key, f"{path}?{until}".encode(errors="surrogatepass"), "sha256")
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
