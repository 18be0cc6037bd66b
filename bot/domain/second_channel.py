"""Another way to a caregiver than Telegram, set by the operator: which addresses are allowed, and what became of a try.

An address is one of apprise's: a scheme that names the service (ntfys, mailtos, twilio, …) and what the service asks
for. It holds passwords and telephone numbers, so it is a secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from enum import StrEnum

# Allowed unless the operator says otherwise: what speaks TLS to a server of its own name, or to a company's gateway.
SCHEMES = ("ntfys", "mailtos", "gotifys", "pover", "twilio", "vonage", "clicksend", "signals")
# Never, whatever the setting says: what acts on this very machine instead of a caregiver's phone.
NEVER = frozenset({"dbus", "qt", "kde", "glib", "gnome", "macosx", "windows", "syslog", "file"})
SCHEME = re.compile(r"([a-z][a-z0-9_.+-]{1,30})://\S")
LONGEST_ADDRESS = 1_000
# A network that carries another address inside its own (RFC 6052): judged by what it carries.
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Outcome(StrEnum):
    """What became of a try, or of a look at an address."""

    SENT = "sent"
    FAILED = "failed"  # the gateway refused it, or could not be reached
    HANGS = "hangs"  # it did not answer in time
    INSIDE = "inside"  # the address leads inside the network
    MALFORMED = "malformed"  # apprise does not understand the address
    SCHEME = "scheme"  # its scheme is not on the operator's list

    @property
    def may_pass(self) -> bool:
        """Whether a later try may go better."""
        return self in (Outcome.FAILED, Outcome.HANGS)


def scheme_of(address: str) -> str | None:
    """The scheme of an address, in small letters; None when it is no address."""
    found = SCHEME.match(address.lower())
    return found.group(1) if found and len(address) <= LONGEST_ADDRESS and address.isprintable() else None


def trouble_with(address: str, schemes: Collection[str]) -> Outcome | None:
    """Why an address may not be used, as far as its form tells; None when it may."""
    scheme = scheme_of(address)
    if scheme is None:
        return Outcome.MALFORMED
    return None if scheme in schemes and scheme not in NEVER else Outcome.SCHEME


def is_inside(address: str) -> bool:
    """Whether an IP address is not one of the open internet's: this machine, the network around it, or nobody's."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if carried is not None:
            ip = carried
    return not ip.is_global or ip.is_multicast
