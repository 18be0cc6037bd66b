"""Speaks to caregivers' other channels (ntfy, e-mail, SMS), each call in a process of its own.

`python -m bot.channel` is that process, and the only one that ever imports apprise: a gateway that hangs, or 55 MB and
a second of imports, cost the bot itself nothing.
"""
