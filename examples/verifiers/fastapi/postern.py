"""Lets in only what Postern's gate has signed (`X-Postern-Assertion`): a dependency for FastAPI."""

import asyncio
import logging
import time

import httpx
import jwt
from fastapi import HTTPException, Request

HOUR = 3600
# Seconds by which the gate's clock may differ from this one.
LEEWAY = 5


class Postern:
    """`Annotated[dict, Depends(Postern(issuer, audience))]` is what the gate says: `sub`, `client_id`, `scope` and so on.

    `issuer` is the one of `postern.toml`; `audience` is this origin as the route names it: its URL, or the text of
    `assertion`. The gate's public keys are kept in memory. They are fetched again after an hour, and for a key that is not
    among them: at most once in `pause` seconds. Through an outage of the gate they count for a day.
    """

    def __init__(self, issuer: str, audience: str, jwks_uri: str | None = None, pause: float = 60):
        self.issuer = issuer
        self.audience = audience
        self.jwks_uri = jwks_uri or f"{issuer}/.well-known/jwks.json"
        self.pause = pause
        self._keys: dict[str, jwt.PyJWK] | None = None
        self._fetched = self._tried = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, request: Request) -> dict:
        sent = request.headers.getlist("X-Postern-Assertion")
        try:
            if len(sent) != 1:
                raise jwt.InvalidTokenError("not one assertion")
            header = jwt.get_unverified_header(sent[0])
            if header.get("alg") != "ES256" or header.get("typ") != "postern-assertion+jwt":
                raise jwt.InvalidTokenError("not an assertion of the gate")
            key = await self._key(header.get("kid", ""))
            return jwt.decode(
                sent[0],
                key,
                algorithms=["ES256"],
                issuer=self.issuer,
                audience=self.audience,
                leeway=LEEWAY,
                options={"require": ["sub", "iat", "exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise HTTPException(401) from error

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in (self._keys or {}) or self._age() > HOUR:
            async with self._one_at_a_time:
                is_wanted = kid not in (self._keys or {}) or self._age() > HOUR
                if is_wanted and (self._keys is None or time.monotonic() - self._tried > self.pause):
                    await self._fetch()
        is_unsure = kid not in (self._keys or {}) and self._fetched < self._tried
        if self._keys is None or self._age() > 24 * HOUR or is_unsure:
            raise HTTPException(503, headers={"Retry-After": "5"})  # Nobody knows: not "no".
        if kid not in self._keys:
            raise jwt.InvalidTokenError("not a key of the gate")
        return self._keys[kid]

    def _age(self) -> float:
        return time.monotonic() - self._fetched

    async def _fetch(self) -> None:
        self._tried = time.monotonic()
        try:
            async with httpx.AsyncClient(timeout=3) as client:
                answer = await client.get(self.jwks_uri)
            answer.raise_for_status()
            found = jwt.PyJWKSet.from_dict(answer.json()).keys
        except (httpx.HTTPError, ValueError, TypeError, jwt.PyJWTError) as error:
            logging.getLogger(__name__).error("the gate's keys can't be had: %s", error)
        else:
            self._keys = {key.key_id: key for key in found if key.key_id}
            self._fetched = self._tried
