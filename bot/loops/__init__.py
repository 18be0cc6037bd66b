"""I wake up. Intake, worker, tick, delivery, watchdog; each short."""
