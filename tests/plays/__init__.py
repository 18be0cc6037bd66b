"""The plays: one file a story, told in the users' words on the real stack."""
