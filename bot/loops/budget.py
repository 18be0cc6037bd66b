"""How fast we may speak: Telegram's limits, evenly spaced, nothing reserved.

Telegram's own words (Bots FAQ): about 30 messages a second overall, one a second in a chat with short bursts,
20 a minute in a group.
"""

from __future__ import annotations

from collections import OrderedDict, deque

CHAT_BURST = 3
# A little less than Telegram allows: what leaves a second apart may arrive a little closer together.
CHAT_PER_SECOND = 0.9
GROUP_BURST = 3
# So that a burst and a minute's refill together are the 20 of Telegram's minute.
GROUP_PER_SECOND = (20 - GROUP_BURST) / 60
# Seconds in which no more than a second's budget leaves: a little more than one, because messages that leave a
# second apart may arrive a little closer together.
WINDOW = 1.015
# Edits make no sound and are not counted as messages; a chat still gets at most this many.
EDIT_BURST = 5
EDITS_PER_SECOND = 5.0
CHATS_REMEMBERED = 20_000
# Seconds by which a loop may wake up late without losing the time; a busy machine's usual jitter.
LATE = 0.02
# Seconds. Less is nothing: waiting for it would be shorter than the clock can tell.
HAIRS_BREADTH = 1e-6


class Bucket:
    """Tokens for one chat: a burst, then so many a second."""

    __slots__ = ("at", "burst", "rate", "tokens")

    def __init__(self, burst: float, rate: float, now: float) -> None:
        self.burst, self.rate, self.tokens, self.at = burst, rate, burst, now

    def wait(self, now: float) -> float:
        """Seconds until a token is there; zero or less: now."""
        tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        return (1 - tokens) / self.rate

    def take(self, now: float) -> None:
        """Spend a token."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate) - 1
        self.at = now


class Budget:
    """Overall pace, pace per chat, and what Telegram asked us to leave alone for a while."""

    def __init__(self, per_second: float) -> None:
        self.interval = 1 / per_second
        self._next = 0.0
        self._left: deque[float] = deque(maxlen=max(1, int(per_second)))
        self._chats: OrderedDict[tuple[int, bool], Bucket] = OrderedDict()
        self._parked: dict[tuple[int, bool], float] = {}
        self.halted_until = 0.0

    def wait(self, chat_id: int, is_edit: bool, now: float) -> float:
        """Seconds until this chat may get a message (or an edit)."""
        pause = max(self._parked.get((chat_id, is_edit), 0.0) - now, self._bucket(chat_id, is_edit, now).wait(now))
        if not is_edit:
            pause = max(pause, self.overall(now))
        return pause if pause > HAIRS_BREADTH else 0.0

    def overall(self, now: float) -> float:
        """Seconds until any message may go."""
        full = self._left[0] + WINDOW - now if len(self._left) == self._left.maxlen else 0.0
        return max(0.0, self._next - now, full, self.halted_until - now)

    def spend(self, chat_id: int, is_edit: bool, now: float) -> None:
        """A message (or an edit) goes now."""
        self._bucket(chat_id, is_edit, now).take(now)
        if not is_edit:
            # From the planned moment, not from now, or every late wake-up would be lost; but never a burst.
            self._next = max(self._next, now - max(LATE, self.interval / 2)) + self.interval
            self._left.append(now)

    def park(self, chat_id: int, is_edit: bool, until: float, now: float) -> None:
        """Telegram said 429: leave this chat alone. A second chat that hears it at the same time means us all."""
        self._parked = {key: moment for key, moment in self._parked.items() if moment > now}
        others = [moment for (chat, edit), moment in self._parked.items() if chat != chat_id and not edit]
        self._parked[chat_id, is_edit] = until
        if others and not is_edit:
            self.halted_until = max(until, *others)

    def parked_chats(self, now: float) -> list[int]:
        """Chats whose messages must wait, so that they are not claimed meanwhile."""
        return [chat for (chat, edit), moment in self._parked.items() if moment > now and not edit]

    def _bucket(self, chat_id: int, is_edit: bool, now: float) -> Bucket:
        key = (chat_id, is_edit)
        bucket = self._chats.get(key)
        if bucket is None:
            bucket = self._chats[key] = _fresh(chat_id, is_edit, now)
            if len(self._chats) > CHATS_REMEMBERED:
                self._chats.popitem(last=False)
        else:
            self._chats.move_to_end(key)
        return bucket


def _fresh(chat_id: int, is_edit: bool, now: float) -> Bucket:
    if is_edit:
        return Bucket(EDIT_BURST, EDITS_PER_SECOND, now)
    if chat_id < 0:
        return Bucket(GROUP_BURST, GROUP_PER_SECOND, now)
    return Bucket(CHAT_BURST, CHAT_PER_SECOND, now)
