"""Real processes, real kills, and a history that is checked afterwards."""
