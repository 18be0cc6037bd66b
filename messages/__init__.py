"""What we ask, when we warn and what we say: data for nurses and translators, no code."""
