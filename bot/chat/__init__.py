"""I speak Telegram. The only room that imports `telegram`."""

import os

# python-telegram-bot then tells durations as timedelta, and does not warn about it at every 429.
os.environ.setdefault("PTB_TIMEDELTA", "true")
