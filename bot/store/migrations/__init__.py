"""How the database came to look as it does. One meaning a migration; widen, fill, tighten."""
