"""An OpenID Provider as a process of its own, that can be told to do one thing wrong.

    python tests/oidc_provider.py

It prints its issuer on the first line and serves until it is ended. Whoever comes is signed in at
once, as the person it was told of. It checks its clients as a provider should: redirect address,
PKCE, the signature of private_key_jwt, and that nothing is used twice.

    POST /told {"claims": {...}, "client": {...}, "wrong": "nonce_wrong", "names_itself": true}
    GET  /seen
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hmac
import json
import secrets
import socket
import time
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

LIFE = 300
LOW, SUBSTANTIAL, HIGH = (
    f"http://eidas.europa.eu/LoA/{level}" for level in ("low", "substantial", "high")
)


def key() -> RSAKey:
    """Return a key with a name of its own."""
    made = RSAKey.generate_key(2048)
    made.ensure_kid()
    return made


class Provider:
    """What the provider knows: its keys, its client, the person at its door, and its fault."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.keys = [key()]
        self.stray = key()
        self.claims: dict[str, Any] = {}
        self.client: dict[str, Any] = {}
        self.wrong = ""
        self.names_itself = True
        self.codes: dict[str, dict[str, str]] = {}
        self.assertions: set[str] = set()
        self.seen: dict[str, Any] = {}
        self.asked = {"discovery": 0, "keys": 0, "token": 0}
        self.last: str = ""

    # ---- what it publishes

    async def discovery(self, _request: object) -> Response:
        self.asked["discovery"] += 1
        if self.wrong.startswith("discovery_"):
            return await self.odd(self.wrong.removeprefix("discovery_"))
        content = {
            "issuer": self.issuer + ("/other" if self.wrong == "issuer" else ""),
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256", "PS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256"],
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": [LOW, SUBSTANTIAL, HIGH],
            "authorization_response_iss_parameter_supported": self.names_itself,
        }
        if self.wrong == "plain_endpoint":
            content["token_endpoint"] = "http://provider.example/token"
        if self.wrong == "no_s256":
            content["code_challenge_methods_supported"] = ["plain"]
        return JSONResponse(content)

    async def published_keys(self, _request: object) -> Response:
        self.asked["keys"] += 1
        if self.wrong.startswith("keys_"):
            return await self.odd(self.wrong.removeprefix("keys_"))
        public: list[Any] = [one.as_dict(private=False, use="sig") for one in self.keys]
        return JSONResponse({"keys": [{"kty": "new"}, {"kty": "oct", "k": "AAAA"}, *public]})

    # ---- the browser

    async def authorize(self, request: Any) -> Response:
        said = dict(request.query_params)
        self.seen["authorize"] = said
        client = self.client
        if said.get("client_id") != client["id"] or said.get("redirect_uri") != client["redirect"]:
            return Response("Unknown client or redirect address", 400)
        answer = {"state": said.get("state", "")}
        if self.wrong.startswith("error:"):
            answer |= {
                "error": self.wrong.removeprefix("error:"),
                "error_description": "<script>alert(1)</script>",
            }
        elif said.get("response_type") != "code" or said.get("code_challenge_method") != "S256":
            answer["error"] = "invalid_request"
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = said
            answer["code"] = self.last if self.wrong == "old_code" else code
            self.last = code
        if self.names_itself and self.wrong != "iss_absent":
            answer["iss"] = (
                "https://other.example" if self.wrong == "iss_of_another" else self.issuer
            )
        return RedirectResponse(f"{client['redirect']}?{urlencode(answer)}", 302)

    async def logout(self, request: Any) -> Response:
        self.seen["logout"] = dict(request.query_params)
        return Response("Signed out", media_type="text/plain")

    # ---- the client

    async def token(self, request: Any) -> Response:
        self.asked["token"] += 1
        form = dict(await request.form())
        self.seen["token"] = form
        if self.wrong.startswith("token_"):
            return await self.odd(self.wrong.removeprefix("token_"))
        if not await self.knows_client(form):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self.codes.pop(str(form.get("code")), None)
        challenge = base64.urlsafe_b64encode(
            sha256(str(form.get("code_verifier")).encode()).digest()
        ).decode().rstrip("=")  # fmt: skip
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or asked["redirect_uri"] != form.get("redirect_uri")
            or not hmac.compare_digest(asked["code_challenge"], challenge)
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(24)
        return JSONResponse(
            {
                "access_token": access,
                "token_type": "mac" if self.wrong == "not_bearer" else "Bearer",
                "expires_in": LIFE,
                **({} if self.wrong == "no_id_token" else {"id_token": self.signed(asked, access)}),
            }
        )

    async def knows_client(self, form: dict[str, Any]) -> bool:
        """Check the signature by which the client proves itself, with the keys it publishes."""
        published = self.client.get("jwks")
        if published is None:
            async with httpx.AsyncClient() as asking:
                published = (await asking.get(self.client["jwks_uri"])).json()
        try:
            proof = jwt.decode(
                form["client_assertion"],
                KeySet.import_key_set(published),
                algorithms=[self.client.get("signing", "PS256")],
            )
        except (JoseError, KeyError, ValueError):
            return False
        self.seen["assertion"] = {"header": proof.header, "claims": proof.claims}
        claims, now = proof.claims, time.time()
        fresh = claims["jti"] not in self.assertions
        self.assertions.add(claims["jti"])
        return (
            fresh
            and form["client_assertion_type"].endswith(":jwt-bearer")
            and claims["iss"] == claims["sub"] == self.client["id"]
            and claims["aud"] == self.client.get("audience", f"{self.issuer}/token")
            and claims["iat"] - 60 <= now < claims["exp"] <= now + 120
        )

    async def userinfo(self, _request: object) -> Response:
        about = {"sub": self.claims["sub"]} | self.client.get("userinfo", {})
        if self.wrong == "userinfo_of_another":
            about["sub"] = "somebody-else"
        return JSONResponse(about)

    # ---- the ID token, right or wrong

    def signed(self, asked: dict[str, str], access: str) -> str:
        now = int(time.time())
        half = sha256(access.encode()).digest()[:16]
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client["id"],
            "iat": now,
            "exp": now + LIFE,
            "nonce": asked.get("nonce"),
            "acr": asked.get("acr_values", "").split(" ")[0] or LOW,
            "auth_time": now,
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
        } | self.claims
        client = self.client["id"]
        changes: dict[str, dict[str, Any]] = {
            "nonce_wrong": {"nonce": "another"},
            "nonce_list": {"nonce": [asked.get("nonce")]},
            "aud_wrong": {"aud": "another"},
            "aud_many": {"aud": [client, "another"]},
            "azp_wrong": {"aud": [client, "another"], "azp": "another"},
            "iss_wrong": {"iss": "https://other.example"},
            "expired": {"exp": now - 3600, "iat": now - 7200},
            "exp_text": {"exp": "later"},
            "not_yet": {"nbf": now + 3600},
            "from_the_future": {"iat": now + 3600},
            "from_long_ago": {"iat": now - 3600},
            "acr_low": {"acr": LOW},
            "acr_unknown": {"acr": "urn:something"},
            "acr_list": {"acr": [HIGH]},
            "at_hash_wrong": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
            "at_hash_empty": {"at_hash": ""},
            "auth_time_old": {"auth_time": now - 86400},
            "auth_time_to_come": {"auth_time": now + 86400},
            "sub_number": {"sub": 12},
            "sub_empty": {"sub": ""},
            "represents": {"represents": {"sub": "another"}},
        }
        claims |= changes.get(self.wrong, {})
        absent = {"nonce_absent": "nonce", "acr_absent": "acr", "sub_absent": "sub",
                  "exp_absent": "exp", "auth_time_absent": "auth_time"}  # fmt: skip
        claims.pop(absent.get(self.wrong, ""), None)
        return self.sealed(claims)

    def sealed(self, claims: dict[str, Any], typ: str = "JWT") -> str:
        signing = self.keys[-1]
        header = {"alg": self.client.get("id_token", "RS256"), "kid": signing.kid, "typ": typ}
        match self.wrong:
            case "alg_none":
                return f"{_part(header | {'alg': 'none'})}.{_part(claims)}."
            case "alg_hs256":
                signed = f"{_part(header | {'alg': 'HS256'})}.{_part(claims)}"
                public = signing.as_pem(private=False)
                return f"{signed}.{_b64(hmac.digest(public, signed.encode(), sha256))}"
            case "another_key":
                return jwt.encode(header, claims, self.stray)
            case "another_kid":
                return jwt.encode(header | {"kid": self.stray.kid}, claims, self.stray)
            case "alg_ps512":
                return jwt.encode(header | {"alg": "PS512"}, claims, signing, algorithms=["PS512"])
            case "own_key_along":
                with_key = header | {"jwk": self.stray.as_dict(private=False)}
                return jwt.encode(with_key, claims, self.stray)
            case "deep":
                deep = base64.urlsafe_b64encode(b"[" * 60_000).decode().rstrip("=")
                return f"{deep}.{deep}.{deep}"
            case "no_token_at_all":
                return "…"
        # As ASCII: joserfc's own way cannot write half characters, and a provider may.
        content = json.dumps(claims).encode()
        return jws.serialize_compact(header, content, signing, algorithms=[header["alg"]])

    # ---- answers that are none

    async def odd(self, how: str) -> Response:
        match how:
            case "html":
                return Response("<h1>Log in</h1>", media_type="text/html")
            case "html_as_json":
                return Response("<h1>Log in</h1>", media_type="application/json")
            case "list":
                return JSONResponse([1, 2])
            case "deep":
                return Response("[" * 100_000, media_type="application/json")
            case "giant":
                return Response(b'{"a":"' + b"x" * 2_000_000 + b'"}', media_type="application/json")
            case "bomb":
                packed = gzip.compress(b'{"a":"' + b"x" * 20_000_000 + b'"}')
                headers = {"content-encoding": "gzip"}
                return Response(packed, media_type="application/json", headers=headers)
            case "redirect":
                return RedirectResponse(f"{self.issuer}/elsewhere", 302)
            case "drip":
                return StreamingResponse(_drip(), media_type="application/json")
            case "broken":
                return Response("Out of order", 500, media_type="text/plain")
        return JSONResponse({"error": how}, 400)

    # ---- the tests

    async def told(self, request: Any) -> Response:
        for name, value in (await request.json()).items():
            if name == "new_key":
                self.keys = [*self.keys, key()][-2:]
            else:
                setattr(self, name, value)
        return JSONResponse({})

    async def told_of(self, _request: object) -> Response:
        return JSONResponse({"seen": self.seen, "asked": self.asked})

    async def logout_token(self, request: Any) -> Response:
        now = int(time.time())
        event = "http://schemas.openid.net/event/backchannel-logout"
        claims = {"iss": self.issuer, "aud": self.client["id"], "iat": now, "exp": now + 120,
                  "jti": secrets.token_hex(8), "sub": self.claims["sub"],
                  "events": {event: {}}}  # fmt: skip
        claims |= await request.json()
        return JSONResponse({"token": self.sealed(claims, "logout+jwt")})


async def _drip() -> Any:
    for _ in range(600):
        yield b" "
        await asyncio.sleep(0.2)


def _part(content: dict[str, Any]) -> str:
    return _b64(json.dumps(content).encode())


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def main() -> None:
    """Serve at a port that the system chooses."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.discovery),
            Route("/keys", provider.published_keys),
            Route("/authorize", provider.authorize),
            Route("/logout", provider.logout),
            Route("/token", provider.token, methods=["POST"]),
            Route("/userinfo", provider.userinfo),
            Route("/told", provider.told, methods=["POST"]),
            Route("/seen", provider.told_of),
            Route("/logout-token", provider.logout_token, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    print(provider.issuer, flush=True)  # noqa: T201 whoever started it reads where it listens
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
