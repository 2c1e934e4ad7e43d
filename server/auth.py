"""Who makes a request: from its headers, for which a WebSocket's `connection_init` stands in, to an Actor.

Guests cost nothing. Everybody else costs one indexed statement for each request, by which a session that was ended, a
key that was revoked and a membership that was taken away lose their power at once. An access token therefore only says
whom it is for; nothing that may be withdrawn is read from it. What stays open looks again by `Standing`.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from domain.customers.model import ApiKey
from domain.shared.actor import GUEST, STAFF_SCOPE, Actor
from domain.shared.errors import RequestFault
from domain.shared.ids import ApiKeyId, CustomerId, prefix_of
from domain.shared.making import dataclass
from integrations.identity.keys import KeyRing
from integrations.identity.secrets import API_KEY_MARK, is_secret, parts_of
from integrations.identity.tokens import Claims, InvalidTokenError, SignedTokens
from persistence.customers import queries
from persistence.statement import Pool

JWKS_PATH = "/.well-known/jwks.json"
JWKS_MAX_AGE_SECONDS = 300
NO_HASH = bytes(32)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who makes a request, and how to find out later whether their credentials still stand."""

    actor: Actor
    authenticator: "Authenticator"
    expires_at: datetime | None = None
    """When the access token ends; API keys and guests have no such moment."""

    async def again(self) -> Actor:
        """What the actor may do by now; UNAUTHENTICATED once their token has expired, or their session or key ended."""
        if self.expires_at is not None and self.authenticator.now() >= self.expires_at:
            raise unauthenticated("The access token has expired.")
        return await self.authenticator.again(self.actor)


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Turns credentials into actors: `Authorization: Bearer <token or gc_ key>`, or `X-Api-Key: gc_...`.

    Bad credentials raise RequestFault UNAUTHENTICATED and never pass for a guest's.
    """

    pool: Pool
    tokens: SignedTokens
    now: Callable[[], datetime]
    guest: Standing = field(init=False, repr=False, compare=False)
    """Of who sends no credentials."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "guest", Standing(GUEST, self))

    async def of_headers(self, headers: Mapping[str, str]) -> Actor:
        """The actor of a request; names of `headers` are in lower case."""
        return (await self.standing_of(headers)).actor

    async def standing_of(self, headers: Mapping[str, str]) -> Standing:
        """The same for a request that may stay open for longer than its credentials are good."""
        credential = credential_in(headers)
        if credential is None:
            return self.guest
        if credential.startswith(API_KEY_MARK):
            return Standing(await self._of_api_key(credential), self)
        claims = self._claims_of(credential)
        actor = await self.again(Actor(customer_id=claims.customer_id, session_family_id=claims.family_id))
        return Standing(actor, self, claims.expires_at)

    async def again(self, actor: Actor) -> Actor:
        """What an actor may do by now; UNAUTHENTICATED once their session or key has ended."""
        if actor.api_key_id is not None:
            key = await self._of_living_key(actor.api_key_id)
            if key is None:
                raise unauthenticated("The API key is not valid.")
            return key
        if actor.customer_id is None or actor.session_family_id is None:
            return actor
        access = await queries.access_of_session(self.pool, actor.session_family_id, actor.customer_id)
        if access is None:
            raise unauthenticated("The session has ended.")
        return Actor(
            customer_id=actor.customer_id,
            session_family_id=actor.session_family_id,
            vendor_ids=access.vendor_ids,
            scopes=frozenset() if access.scopes is None else access.scopes | {STAFF_SCOPE},
            customer_group=access.customer_group,
            company_ids=access.company_ids,
        )

    def _claims_of(self, token: str) -> Claims:
        try:
            return self.tokens.read(token, self.now())
        except InvalidTokenError:
            raise unauthenticated("The access token is not valid or has expired.") from None

    async def present(self, owner_id: str) -> Actor | None:
        """What a customer or an API key may do by now, for what goes on without them; None if there is none any more.

        Implements `domain.webhooks.delivering.ports.Owners`.
        """
        if prefix_of(owner_id) != "customer":
            return await self._of_living_key(ApiKeyId(owner_id))
        access = await queries.access_of_customer(self.pool, CustomerId(owner_id))
        if access is None:
            return None
        scopes = frozenset[str]() if access.scopes is None else access.scopes | {STAFF_SCOPE}
        return Actor(customer_id=CustomerId(owner_id), vendor_ids=access.vendor_ids, scopes=scopes)

    async def _of_living_key(self, key_id: ApiKeyId) -> Actor | None:
        found = await queries.api_keys(self.pool, [key_id])
        return None if not found or found[0].revoked_at is not None else _actor_of_key(found[0])

    async def _of_api_key(self, credential: str) -> Actor:
        parts = parts_of(credential)
        key = await queries.access_of_key(self.pool, parts[0]) if parts else None
        known = is_secret(parts[1] if parts else "", key.secret_hash if key else NO_HASH)
        if key is None or not known:
            raise unauthenticated("The API key is not valid.")
        return _actor_of_key(key)


def _actor_of_key(key: ApiKey | queries.KeyAccess) -> Actor:
    """A vendor's key acts for that vendor; one of the platform has its scopes, and is never staff."""
    if key.vendor_id is not None:
        return Actor(api_key_id=key.id, vendor_ids=frozenset({key.vendor_id}))
    return Actor(api_key_id=key.id, scopes=frozenset(key.scopes) - {STAFF_SCOPE})


def credential_in(headers: Mapping[str, str]) -> str | None:
    """The token or key that headers carry, if any; two different ones are refused rather than chosen from."""
    authorization, api_key = headers.get("authorization"), headers.get("x-api-key")
    if authorization is not None and api_key is not None:
        raise unauthenticated("Send either Authorization or X-Api-Key.")
    if api_key is not None:
        if not api_key.startswith(API_KEY_MARK):
            raise unauthenticated("The API key is not valid.")
        return api_key
    if authorization is None:
        return None
    scheme, _, credential = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise unauthenticated("Authorization must be `Bearer` and a token.")
    return credential.strip()


def unauthenticated(message: str) -> RequestFault:
    return RequestFault(message, "UNAUTHENTICATED")


def jwks_route(keys: KeyRing) -> Route:
    """The public keys, by which other services verify our access tokens."""
    headers = {"cache-control": f"public, max-age={JWKS_MAX_AGE_SECONDS}"}

    async def jwks(_request: Request) -> JSONResponse:
        return JSONResponse(keys.published(), headers=headers)

    return Route(JWKS_PATH, jwks, methods=["GET"])
