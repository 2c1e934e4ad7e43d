"""Access tokens: JWTs (RFC 9068) signed by Ed25519, good for a quarter of an hour."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError

from domain.customers.ports import AccessToken
from domain.shared.ids import CustomerId, SessionId
from integrations.identity.keys import ALGORITHM, KeyRing

LIFETIME = timedelta(minutes=15)
MAX_LENGTH = 4096
TYPE = "at+jwt"
NAME = "global-commerce"


class InvalidTokenError(Exception):
    """Not a token of ours, or no longer one."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says."""

    customer_id: CustomerId
    family_id: SessionId


class SignedTokens:
    """Implements `domain.customers.ports.AccessTokens`."""

    def __init__(self, keys: KeyRing, *, issuer: str = NAME, audience: str = NAME) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    def issue(self, customer_id: CustomerId, family_id: SessionId, now: datetime) -> AccessToken:
        issued_at = int(now.timestamp())
        expires_at = issued_at + int(LIFETIME.total_seconds())
        claims: dict[str, str | int] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": customer_id,
            "sid": family_id,
            "jti": secrets.token_urlsafe(16),
            "iat": issued_at,
            "exp": expires_at,
        }
        key = self._keys.signing
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}
        return AccessToken(
            jwt.encode(header, claims, key, algorithms=[ALGORITHM]), datetime.fromtimestamp(expires_at, UTC)
        )

    def read(self, text: str, now: datetime) -> Claims:
        """The claims of a token that is signed by one of our keys, meant for us and not expired at `now`."""
        if len(text) > MAX_LENGTH:
            raise InvalidTokenError
        try:
            token = jwt.decode(text, self._keys.verifying, algorithms=[ALGORITHM])
            self._registry(now).validate(token.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidTokenError from error
        if token.header.get("typ") != TYPE:
            raise InvalidTokenError
        return Claims(CustomerId(token.claims["sub"]), SessionId(token.claims["sid"]))

    def _registry(self, now: datetime) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            sid={"essential": True},
            exp={"essential": True},
        )
