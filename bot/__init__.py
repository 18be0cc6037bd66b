"""BoneWatch: short check-ins by Telegram for people living with lung cancer in or near their bones."""
