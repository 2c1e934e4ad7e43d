"""The keys that sign and verify access tokens.

They are given as a JWK, or as a JWK set of which the first private key signs and all verify. To rotate: add the new key
behind the old one everywhere, then move it to the front, then drop the old one once its last token has expired.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

ALGORITHM: Final = "Ed25519"
FILE = "token-key.json"


class KeyRing:
    """A key that signs, and all that verify; each is known by its `kid`, its thumbprint unless it names another."""

    def __init__(self, *keys: OKPKey) -> None:
        signing = next((key for key in keys if key.is_private), None)
        if signing is None:
            raise ValueError("none of the keys is private, so that none can sign")
        self.signing = signing
        self.verifying = KeySet(list(keys))

    def published(self) -> dict[str, Any]:
        """The JWK set that others verify tokens by: the public halves alone."""
        keys = [key.as_dict(private=False) for key in self.verifying.keys]
        return {"keys": [{**key, "use": "sig", "alg": ALGORITHM} for key in keys]}


def read_keys(text: str) -> KeyRing:
    """From a JWK or a JWK set in JSON; a ValueError that says what is wrong, and shows nothing of it."""
    try:
        value = json.loads(text)
        members = value.get("keys", [value])
        keys = [OKPKey.import_key(member) for member in members]
    except (ValueError, TypeError, KeyError, AttributeError, JoseError) as error:
        raise ValueError("not a JWK, or JWK set, of Ed25519 keys in JSON") from error
    if any(key.curve_name != ALGORITHM for key in keys):
        raise ValueError("not a JWK, or JWK set, of Ed25519 keys in JSON")
    return KeyRing(*keys)


def keys_kept_in(folder: Path) -> KeyRing:
    """The key of this data folder, made when first asked for; processes that ask at once get the same one."""
    path = folder / FILE
    if not path.exists():
        write_once(path, json.dumps(OKPKey.generate_key(ALGORITHM).as_dict(private=True)))
    return read_keys(path.read_text())


def write_once(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all, unless it exists by now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(path).hardlink_to(name)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
