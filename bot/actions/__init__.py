"""I make it happen, once. One verb a file, one unit of work, no Telegram."""
