"""Lets this process connect to the open internet and to the hosts the operator named, and to nothing else.

Every connection is judged by the address it really goes to, so a name that resolves inside, a redirect, and a second
server hidden in an address' options are refused like an address that says so openly.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Collection

from bot.domain.second_channel import is_inside

# https://docs.python.org/3/library/audit_events.html: (self, address) each.
CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
# What starts another program, which would not be guarded.
STARTS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"})


class Guard:
    """Stands at the door of this process from `stand()` on; it cannot be sent away again."""

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = frozenset(hosts)
        self.refused = False

    def stand(self) -> None:
        """Judge every connection from now on."""
        sys.addaudithook(self._judge)

    def _judge(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in STARTS:
            raise PermissionError("nothing is started from here")
        if event not in CONNECTS:
            return
        address = arguments[1] if len(arguments) > 1 else None
        if event == "socket.sendmsg" and address is None:
            return  # on a connection that was judged when it was made
        if not isinstance(address, tuple) or not self.allows(str(address[0])):
            self.refused = True
            raise PermissionError("this leads inside")

    def allows(self, host: str) -> bool:
        """Whether a host, by name or number, may be connected to. A name that nobody knows leads nowhere."""
        inside = {ip for ip in _addresses(host) if is_inside(ip)}
        return host in self._hosts or inside <= self._named() if inside else True

    def _named(self) -> set[str]:
        return {ip for host in self._hosts for ip in _addresses(host)}


def _addresses(host: str) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []
