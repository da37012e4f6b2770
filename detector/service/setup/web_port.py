"""Whether the port of /health and /metrics is free, or a coolwatch answers there."""

from __future__ import annotations

import http.client
import socket

import msgspec

from config.settings import Settings, WebSettings

HEALTH_TIMEOUT_S = 5.0
HEALTH_BYTES = 1 << 20


def web_findings(settings: Settings) -> str:
    """What is listened on, in words; the port is tried and let go. Raises OSError where it is taken."""
    if not settings.web.listen:
        return "switched off"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.web.host, settings.web.port))
        except OSError as error:
            if (running := _coolwatch_at(settings.web)) is not None:
                return running
            raise OSError(f"cannot listen on {settings.web.listen}: {error.strerror}") from error
    return f"{settings.web.listen} is free"


def _coolwatch_at(web: WebSettings) -> str | None:
    """What a coolwatch that runs there says of itself; None if it is something else."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host) or "127.0.0.1"
    there = http.client.HTTPConnection(host, web.port, timeout=HEALTH_TIMEOUT_S)
    try:
        there.request("GET", "/health")
        health = msgspec.json.decode(there.getresponse().read(HEALTH_BYTES), type=_Health)
    except (OSError, http.client.HTTPException, msgspec.MsgspecError):
        return None
    finally:
        there.close()
    return f"coolwatch {health.version} is running on {web.listen}, and says: {health.status}"


class _Health(msgspec.Struct):
    """Of what /health says, by what coolwatch is known."""

    status: str
    version: str
    loop_age_s: float
