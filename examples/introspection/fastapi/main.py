"""An API in FastAPI that is not behind the gate: it asks Postern about each token itself (RFC 7662)."""

import os
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

AUDIENCE = os.environ["AUDIENCE"]
postern = httpx.AsyncClient(
    base_url=os.environ["POSTERN"],
    auth=(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]),
    timeout=3,
)
app = FastAPI()


async def token(
    needed: SecurityScopes,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> dict:
    """What the token of this request means, if it may do what the route needs."""
    if sent is None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    try:
        answer = await postern.post("/oauth/introspect", data={"token": sent.credentials})
        answer.raise_for_status()
    except httpx.HTTPError as error:  # Not "no": nobody knows.
        raise HTTPException(503, headers={"Retry-After": "5"}) from error
    meaning = answer.json()
    audience = meaning.get("aud", [])
    if not meaning["active"] or AUDIENCE not in ([audience] if isinstance(audience, str) else audience):
        raise HTTPException(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if not set(needed.scopes) <= set(meaning.get("scope", "").split()):
        challenge = f'Bearer error="insufficient_scope", scope="{needed.scope_str}"'
        raise HTTPException(403, headers={"WWW-Authenticate": challenge})
    return meaning


@app.get("/stock")
async def stock(caller: Annotated[dict, Security(token, scopes=["hello:read"])]):
    return {"stock": 7, "asked_by": caller["sub"]}


@app.get("/orders")
async def orders(_: Annotated[dict, Security(token, scopes=["orders:write"])]):
    return []
