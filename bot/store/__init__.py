"""I remember. Everything the database keeps; I never decide and never commit."""
