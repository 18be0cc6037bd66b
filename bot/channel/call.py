"""Calls a gateway from a process of its own, and waits no longer than it is worth."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.domain.second_channel import Outcome, scheme_of, trouble_with

# Seconds. A gateway that is well answers within two; importing takes one, more on a busy machine.
PATIENCE = 20.0
# What the process may know of the environment: nothing of ours, and no proxy, which would hide where a call goes.
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
HOME = Path(__file__).resolve().parent.parent.parent
# E-mail has a subject line; everywhere else a title would only be said twice.
WITH_TITLE = ("mailto", "mailtos")
TITLE = "BoneWatch"


@dataclass(frozen=True)
class Gateways:
    """Calls addresses with these schemes; of hosts inside the network only those that the operator named."""

    schemes: Collection[str]
    hosts: Collection[str] = ()
    patience: float = PATIENCE

    async def call(self, address: str, text: str) -> Outcome:
        """Send the text to the address."""
        return await self._order(address, text, send=True)

    async def look(self, address: str) -> Outcome:
        """What would be wrong with an address, sending nothing; SENT when nothing is, as far as can be seen."""
        return await self._order(address, "", send=False)

    async def _order(self, address: str, text: str, send: bool) -> Outcome:
        trouble = trouble_with(address, self.schemes)
        if trouble is not None:
            return trouble
        order = {
            "address": address,
            "text": text,
            "title": TITLE if scheme_of(address) in WITH_TITLE else "",
            "hosts": sorted(self.hosts),
            "send": send,
            "seconds": self.patience,
        }
        said = await _said(json.dumps(order), self.patience)
        if said is None:
            return Outcome.HANGS
        return Outcome(said) if said in set(Outcome) else Outcome.FAILED


async def _said(order: str, patience: float) -> str | None:
    """The process's one word; None when it had to be killed. The address stands in no list of processes."""
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "bot.channel",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # apprise names addresses there
        env={**environment, "PYTHONPATH": str(HOME), "HOME": os.devnull},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(patience):
            out, _ = await process.communicate(order.encode() + b"\n")
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return out.decode(errors="replace").strip()
