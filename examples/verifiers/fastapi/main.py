"""An API in FastAPI behind Postern's gate: whatever did not come through it is refused."""

import os
from typing import Annotated

from fastapi import Depends, FastAPI
from postern import Postern

through_the_gate = Postern(
    issuer=os.environ["ISSUER"],
    audience=os.environ["AUDIENCE"],
    jwks_uri=os.environ.get("JWKS_URI"),
    pause=float(os.environ.get("PAUSE", "60")),
)
app = FastAPI(dependencies=[Depends(through_the_gate)])


@app.get("/whoami")
async def whoami(caller: Annotated[dict, Depends(through_the_gate)]):
    return caller
