"""I decide. Standard library only: no await, no clock, no log, no database, no Telegram."""
