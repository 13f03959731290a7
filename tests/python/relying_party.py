"""A relying party made with Authlib and Flask, as its users write one.

It talks to its test by one JSON object a line, in and out. Every request names its act in `do`; the
answer is what the act returns, or {"failed": {"code", "message"}} with the OAuth error code or the
name of the library's error.
"""

import json
import os
import secrets
import sys

from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, request

ISSUER = os.environ["ISSUER"]
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ.get("CLIENT_SECRET")
REDIRECT_URI = os.environ["REDIRECT_URI"]
# Nothing for what the library does by itself.
CLIENT_AUTH = os.environ.get("CLIENT_AUTH")
MORE = {"token_endpoint_auth_method": CLIENT_AUTH} if CLIENT_AUTH else {}
if CLIENT_SECRET is None:
    # A public client has nothing but PKCE, which this library sends when it is told to.
    MORE["code_challenge_method"] = "S256"

app = Flask(__name__)
app.secret_key = secrets.token_hex()

# docs: begin
oauth = OAuth(app)
oauth.register(
    "latchkey",
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", **MORE},
)


@app.get("/login")
def login():
    return oauth.latchkey.authorize_redirect(REDIRECT_URI, **request.args)


@app.get("/callback")
def callback():
    tokens = oauth.latchkey.authorize_access_token()
    return {
        "tokens": tokens,
        "claims": tokens["userinfo"],
        "userinfo": oauth.latchkey.userinfo(token=tokens),
    }
# docs: end


# Lets failures through to the test.
app.testing = True
browser = app.test_client()
held = {}


def session():
    return OAuth2Session(CLIENT_ID, CLIENT_SECRET, token=held, **MORE)


def endpoint(name):
    return oauth.latchkey.load_server_metadata()[name]


def do_authorize(scope, **_):
    answer = browser.get("/login", query_string={"scope": scope})
    return {"url": answer.headers["location"]}


def do_callback(url, **_):
    answer = browser.get("/callback", query_string=url.partition("?")[2]).get_json()
    held.update(answer["tokens"])
    return answer


def do_refresh(**_):
    held.update(session().refresh_token(endpoint("token_endpoint")))
    return {"tokens": held}


def do_introspect(**_):
    url = endpoint("introspection_endpoint")
    return session().introspect_token(url, token=held["access_token"]).json()


def do_revoke(**_):
    session().revoke_token(endpoint("revocation_endpoint")).raise_for_status()
    return {}


def do_client_credentials(scope, **_):
    return {"tokens": session().fetch_token(endpoint("token_endpoint"), scope=scope)}


def do_logout(to, state, **_):
    with app.app_context():
        return oauth.latchkey.create_logout_url(
            post_logout_redirect_uri=to, id_token_hint=held["id_token"], state=state
        )


def perform(line):
    wish = json.loads(line)
    act = globals()["do_" + wish.pop("do")]
    try:
        return act(**wish)
    except Exception as error:
        code = getattr(error, "error", None) or type(error).__name__
        return {"failed": {"code": code, "message": str(error)}}


for line in sys.stdin:
    print(json.dumps(perform(line)), flush=True)
