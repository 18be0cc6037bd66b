"""One call to one gateway: an order as JSON on the standard input, one word on the standard output.

The order: address, text, title, hosts (those inside that are allowed), send (false: only look), seconds.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from bot.channel.guard import Guard
from bot.domain.second_channel import Outcome, scheme_of

# Below the bot itself, which has people waiting: importing apprise takes a second of a processor.
NICENESS = 10
# Where an address keeps the host it leads to; e-mail has another beside the one in front.
HOSTS = ("host", "smtp_host")


def main() -> None:
    """Carry out one order, and end whatever still runs."""
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    os.nice(NICENESS)
    # Whoever started us kills us sooner; this is for the day they are gone.
    signal.alarm(int(order["seconds"]) + 5)
    sys.stdout.write(_carry_out(order))
    sys.stdout.flush()
    os._exit(0)  # apprise may still wait for a gateway in a thread


def _carry_out(order: dict[str, Any]) -> Outcome:
    guard = Guard(order["hosts"])
    service = _service(order["address"])
    if service is None:
        return Outcome.MALFORMED
    hosts = [host for name in HOSTS if isinstance(host := getattr(service, name, None), str) and host]
    if not all(guard.allows(host) for host in hosts):
        return Outcome.INSIDE
    if not order["send"]:
        return Outcome.SENT
    import apprise

    calls = apprise.Apprise(asset=service.asset)
    calls.add(service)
    guard.stand()
    try:
        sent = bool(calls.notify(body=order["text"], title=order["title"], timeout=order["seconds"]))
    except Exception:  # noqa: BLE001 - a plugin's mistake is a call that did not go out
        sent = False
    if guard.refused:
        return Outcome.INSIDE
    return Outcome.SENT if sent else Outcome.FAILED


def _service(address: str) -> Any:
    """What apprise makes of the address, with every other service switched off; None when it makes nothing of it."""
    import apprise

    scheme = scheme_of(address)
    services: Any = apprise.manager_plugins.NotificationManager
    services().enable_only(scheme)
    asset = apprise.AppriseAsset(
        app_id="BoneWatch",
        app_desc="BoneWatch",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        pgp_autogen=False,
        pem_autogen=False,
        allow_templates=False,
    )
    # Not Apprise.add(): that would split one address with a comma into two.
    service = apprise.Apprise.instantiate(address, asset=asset)
    return service if service is not None and scheme in _schemes(service) else None


def _schemes(service: Any) -> set[str]:
    found: set[str] = set()
    for name in (service.protocol, service.secure_protocol):
        found |= {name} if isinstance(name, str) else set(name or ())
    return found


if __name__ == "__main__":
    main()
