"""BoneWatch: short check-ins by Telegram for people living with lung cancer in or near their bones."""

__version__ = "0.1.0"
