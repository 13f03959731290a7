"""A mail server of the tests' own.

Reads one line of JSON with its settings, then tells what happens, a line of JSON each, until its
input is closed. Settings: port (0: any), certificate and key (paths), tls (from the first byte on; else
STARTTLS where there is a certificate), require_tls, user and password, and answers: for a command
(MAIL, RCPT, DATA) what is answered instead of taking it, one after the other; "hang" never answers, "drop"
closes the connection, "" takes it.
"""

import asyncio
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


# What it complains of is what the tests are about.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


def say(**what):
    print(json.dumps(what), flush=True)


class Handler:
    def __init__(self, settings):
        self.answers = settings.get("answers", {})

    async def prepared(self, command, server):
        waiting = self.answers.get(command)
        answer = waiting.pop(0) if waiting else ""
        if answer == "hang":
            say(event="hang", command=command)
            await asyncio.Event().wait()
        if answer == "drop":
            server.transport.close()
        return answer

    async def handle_MAIL(self, server, session, envelope, address, options):
        say(event="MAIL", address=address, encrypted=server.transport.get_extra_info("sslcontext") is not None)
        answer = await self.prepared("MAIL", server)
        if answer:
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        say(event="RCPT", address=address)
        answer = await self.prepared("RCPT", server)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = await self.prepared("DATA", server)
        if answer:
            return answer
        say(
            event="taken",
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            content=envelope.content.decode("utf-8"),
            user=session.auth_data.decode() if session.auth_data else None,
        )
        return "250 2.0.0 taken as 4711"


def certificate(settings):
    if "certificate" not in settings:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings["certificate"], settings["key"])
    return context


async def main():
    settings = json.loads(sys.stdin.readline())
    context, immediate = certificate(settings), settings.get("tls", False)
    handler = Handler(settings)

    def authenticate(server, session, envelope, mechanism, data):
        right = (settings["user"].encode(), settings["password"].encode())
        is_right = (data.login, data.password) == right
        say(event="AUTH", right=is_right)
        return AuthResult(success=is_right, handled=False, auth_data=data.login)

    def connected():
        say(event="connected")
        asks = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
        return SMTP(
            handler,
            hostname="localhost",
            tls_context=None if immediate else context,
            require_starttls=settings.get("require_tls", False),
            enable_SMTPUTF8=settings.get("utf8", True),
            **(asks if "user" in settings else {}),
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        connected, "127.0.0.1", settings.get("port", 0), ssl=context if immediate else None
    )
    say(event="ready", port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    try:
        asyncio.run(asyncio.wait_for(main(), 600))
    finally:
        sys.stdout.flush()
