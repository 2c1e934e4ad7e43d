"""Secrets that must be read again, such as those that sign webhooks: encrypted where they are kept.

By AES-256-GCM. A sealed text begins with which key it was sealed by, so that keys can be changed: the first one given
seals, all open.
"""

import os
import secrets
from base64 import b64decode, b64encode
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.webhooks.ports import NewSecret
from domain.webhooks.signing import SECRET_BYTES, secret_text
from integrations.identity.keys import write_once

FILE = "sealing-key"
KEY_BYTES = 32
MARK_BYTES = 4
NONCE_BYTES = 12


class KeyedSeal:
    """Implements `domain.webhooks.ports.SecretMaker` and `domain.webhooks.delivering.ports.Seal`."""

    def __init__(self, *keys: bytes) -> None:
        self._keys = {sha256(key).digest()[:MARK_BYTES]: AESGCM(key) for key in keys}
        self._first = next(iter(self._keys))

    def new_secret(self) -> NewSecret:
        text = secret_text(secrets.token_bytes(SECRET_BYTES))
        return NewSecret(text, self.sealed(text))

    def sealed(self, text: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return self._first + nonce + self._keys[self._first].encrypt(nonce, text.encode(), None)

    def opened(self, sealed: bytes) -> str:
        """The text; a LookupError if the key is not here that it was sealed by."""
        key = self._keys[sealed[:MARK_BYTES]]
        nonce = sealed[MARK_BYTES : MARK_BYTES + NONCE_BYTES]
        try:
            return key.decrypt(nonce, sealed[MARK_BYTES + NONCE_BYTES :], None).decode()
        except InvalidTag:
            raise LookupError("not sealed by this key") from None


def read_seal(text: str) -> KeyedSeal:
    """From keys by commas, each 32 bytes in base64; a ValueError that shows nothing of them for anything else."""
    try:
        keys = [b64decode(part.strip(), validate=True) for part in text.split(",")]
    except ValueError:
        keys = []
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ValueError(f"must be keys of {KEY_BYTES} bytes in base64, by commas")
    return KeyedSeal(*keys)


class FolderSeal:
    """The same by the key of a data folder, which is made when it is first needed.

    Processes that need it at once get the same one; those that never do need no folder that they can write to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_secret(self) -> NewSecret:
        return self._seal.new_secret()

    def opened(self, sealed: bytes) -> str:
        return self._seal.opened(sealed)

    @cached_property
    def _seal(self) -> KeyedSeal:
        path = self._folder / FILE
        if not path.exists():
            write_once(path, b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        return read_seal(path.read_text())
