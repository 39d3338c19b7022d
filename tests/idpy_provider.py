"""A provider that others wrote, idpyoidc, as a process of its own.

    python tests/idpy_provider.py FOLDER

It prints its issuer on the first line. PKCE is required, and clients prove themselves by
private_key_jwt with the keys at the address that they registered. The person in front of it is
always the same. `POST /told` registers a client: {"id", "redirect", "jwks_uri"}.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from idpyoidc.server import Server
from idpyoidc.server.configure import OPConfiguration
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

PERSON = {"name": "Lotte de Vries", "groups": ["impasse-liaison"]}
LEVEL = "http://eidas.europa.eu/LoA/substantial"


def configuration(issuer: str, folder: Path) -> dict[str, Any]:
    """Return what idpyoidc wants to know."""
    endpoint = "idpyoidc.server.oidc"
    user = "idpyoidc.server.user_authn.user.NoAuthn"
    return {
        "issuer": issuer,
        "httpc_params": {"timeout": 5},
        "key_conf": {
            "private_path": str(folder / "keys.json"),
            "key_defs": [
                {"type": "RSA", "use": ["sig"]},
                {"type": "EC", "crv": "P-256", "use": ["sig"]},
            ],
            "uri_path": "keys",
        },
        "preference": {
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256", "PS256"],
            "acr_values_supported": [LEVEL],
        },
        "endpoint": {
            "provider_config": {
                "path": ".well-known/openid-configuration",
                "class": f"{endpoint}.provider_config.ProviderConfiguration",
                "kwargs": {"client_authn_method": None},
            },
            "authorization": {
                "path": "authorization",
                "class": f"{endpoint}.authorization.Authorization",
                "kwargs": {
                    "client_authn_method": None,
                    "response_types_supported": ["code"],
                    "response_modes_supported": ["query"],
                },
            },
            "token": {
                "path": "token",
                "class": f"{endpoint}.token.Token",
                "kwargs": {"client_authn_method": ["private_key_jwt"]},
            },
            "userinfo": {"path": "userinfo", "class": f"{endpoint}.userinfo.UserInfo"},
        },
        "token_handler_args": {
            "key_conf": {
                "private_path": str(folder / "token_keys.json"),
                "key_defs": [
                    {"type": "OCT", "use": ["enc"], "kid": "code", "bytes": 24},
                    {"type": "OCT", "use": ["enc"], "kid": "token", "bytes": 24},
                ],
            },
            "code": {"lifetime": 600, "kwargs": {}},
            "token": {
                "class": "idpyoidc.server.token.jwt_token.JWTToken",
                "kwargs": {"lifetime": 300},
            },
            "id_token": {
                "class": "idpyoidc.server.token.id_token.IDToken",
                "kwargs": {
                    "base_claims": {"acr": {"essential": True}},
                    "add_claims_by_scope": True,
                },
            },
        },
        "scopes_to_claims": {"openid": ["sub"], "profile": ["name", "groups"]},
        "userinfo": {
            "class": "idpyoidc.server.user_info.UserInfo",
            "kwargs": {"db": {"lotte": PERSON}},
        },
        "authentication": {
            "somebody": {"acr": LEVEL, "class": user, "kwargs": {"user": "lotte"}}
        },
        "add_on": {
            "pkce": {
                "function": "idpyoidc.server.oauth2.add_on.pkce.add_support",
                "kwargs": {"essential": True},
            }
        },
        "session_params": {"encrypter": {"kwargs": {"keys": {
            "private_path": str(folder / "session_keys.json"),
            "key_defs": [
                {"type": "OCT", "use": ["enc"], "kid": "password", "bytes": 24},
                {"type": "OCT", "use": ["enc"], "kid": "salt", "bytes": 24},
            ]}, "iterations": 1}}},
    }  # fmt: skip


class Door:
    """idpyoidc behind HTTP: it knows the protocol, and nothing of servers."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def ask(self, name: str, request: Any, headers: dict[str, str]) -> Response:
        endpoint = self.server.get_endpoint(name)
        http = {"headers": headers}
        parsed = endpoint.parse_request(request, http_info=http)
        if "error" in parsed:
            return JSONResponse(parsed.to_dict(), 400)
        answer = endpoint.process_request(parsed, http_info=http)
        if "error" in answer:
            return JSONResponse(dict(answer), 400)
        said = endpoint.do_response(request=parsed, **answer)
        if endpoint.response_placement == "url":
            return RedirectResponse(said["response"], 302)
        headers = {key: value for key, value in said["http_headers"] if key != "Content-type"}
        return Response(said["response"], media_type="application/json", headers=headers)

    async def discovery(self, _request: Any) -> Response:
        return await run_in_threadpool(self.ask, "provider_config", {}, {})

    async def authorization(self, request: Any) -> Response:
        return await run_in_threadpool(self.ask, "authorization", request.url.query, {})

    async def token(self, request: Any) -> Response:
        body = (await request.body()).decode()
        return await run_in_threadpool(self.ask, "token", body, {})

    async def userinfo(self, request: Any) -> Response:
        headers = {"authorization": request.headers.get("authorization", "")}
        return await run_in_threadpool(self.ask, "userinfo", {}, headers)

    async def keys(self, _request: Any) -> Response:
        public = self.server.keyjar.export_jwks(issuer_id="")
        return JSONResponse(public)

    async def told(self, request: Any) -> Response:
        client = (await request.json())["client"]
        context = self.server.get_context()
        context.cdb[client["id"]] = {
            "client_id": client["id"],
            "redirect_uris": [(client["redirect"], {})],
            "response_types_supported": ["code"],
            "token_endpoint_auth_method": "private_key_jwt",
            "allowed_scopes": ["openid", "profile"],
            "subject_type": "pairwise",
            "sector_identifier_uri": client["redirect"],
            "sector_id": urlsplit(client["redirect"]).netloc,
            "jwks_uri": client["jwks_uri"],
        }
        await run_in_threadpool(self.server.keyjar.add_url, client["id"], client["jwks_uri"])
        return JSONResponse({})


def main() -> None:
    """Serve at a port that the system chooses."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
    folder = Path(sys.argv[1])
    door = Door(Server(OPConfiguration(configuration(issuer, folder), base_path=str(folder))))
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", door.discovery),
            Route("/authorization", door.authorization),
            Route("/token", door.token, methods=["POST"]),
            Route("/userinfo", door.userinfo),
            Route("/keys", door.keys),
            Route("/told", door.told, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    print(issuer, flush=True)  # noqa: T201 whoever started it reads where it listens
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
