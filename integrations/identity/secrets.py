"""Random secrets that are shown once; only their SHA-256 is kept, which suffices for 256 random bits."""

import hashlib
import hmac
import secrets
import string

from domain.customers.ports import Secret

API_KEY_MARK = "gc_"
PREFIX_LENGTH = 12
PREFIX_ALPHABET = string.ascii_lowercase + string.digits


class RandomSecrets:
    """Implements `domain.customers.ports.Secrets`."""

    def refresh_token(self) -> Secret:
        text = secrets.token_urlsafe(32)
        return Secret(text, sha256(text))

    def api_key(self) -> tuple[str, Secret]:
        prefix = "".join(secrets.choice(PREFIX_ALPHABET) for _ in range(PREFIX_LENGTH))
        secret = secrets.token_urlsafe(32)
        return prefix, Secret(f"{API_KEY_MARK}{prefix}_{secret}", sha256(secret))

    def hash_of(self, refresh_token: str) -> bytes:
        return sha256(refresh_token)


def parts_of(api_key: str) -> tuple[str, str] | None:
    """The prefix and the secret of `gc_<prefix>_<secret>`; None if it is not made like that."""
    prefix, _, secret = api_key.removeprefix(API_KEY_MARK).partition("_")
    return (prefix, secret) if len(prefix) == PREFIX_LENGTH and prefix.isascii() and prefix.isalnum() else None


def is_secret(secret: str, secret_hash: bytes) -> bool:
    """Whether the hash is the secret's, in a time that does not tell how much of it was right."""
    return hmac.compare_digest(sha256(secret), secret_hash)


def sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
