"""Access tokens: JWTs (RFC 9068) signed by Ed25519, good for a quarter of an hour."""

import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from joserfc import jwt
from joserfc.errors import JoseError

from domain.customers.ports import AccessToken
from domain.shared.ids import CustomerId, SessionId
from domain.shared.making import dataclass
from integrations.identity.keys import ALGORITHM, KeyRing

LIFETIME = timedelta(minutes=15)
MAX_LENGTH = 4096
KEPT_TOKENS = 4096
CLOCK_SKEW_SECONDS = 30
"""How far the clock of the machine that issued a token may be ahead of this one's."""
TYPE = "at+jwt"
NAME = "global-commerce"


class InvalidTokenError(Exception):
    """Not a token of ours, or no longer one."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says, and until when it is good."""

    customer_id: CustomerId
    family_id: SessionId
    expires_at: datetime


class SignedTokens:
    """Implements `domain.customers.ports.AccessTokens`."""

    def __init__(self, keys: KeyRing, *, issuer: str = NAME, audience: str = NAME) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._verified = lru_cache(KEPT_TOKENS)(self._verify)

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
        """The claims of a token that is signed by one of our keys, meant for us and good at `now`."""
        if len(text) > MAX_LENGTH:
            raise InvalidTokenError
        claims, issued_at = self._verified(text)
        if now.timestamp() < issued_at - CLOCK_SKEW_SECONDS or now >= claims.expires_at:
            raise InvalidTokenError
        return claims

    def _verify(self, text: str) -> tuple[Claims, int]:
        """All that is true of a token for ever: kept for tokens that come again, which most do."""
        try:
            token = jwt.decode(text, self._keys.verifying, algorithms=[ALGORITHM])
            sub, sid, iat, exp = (token.claims[name] for name in ("sub", "sid", "iat", "exp"))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise InvalidTokenError from error
        ours = (TYPE, self._issuer, self._audience)
        if (token.header.get("typ"), token.claims.get("iss"), token.claims.get("aud")) != ours:
            raise InvalidTokenError
        if not (isinstance(sub, str) and isinstance(sid, str) and isinstance(iat, int) and isinstance(exp, int)):
            raise InvalidTokenError
        return Claims(CustomerId(sub), SessionId(sid), datetime.fromtimestamp(exp, UTC)), iat
