"""I speak Telegram. The only room that imports `telegram`."""
