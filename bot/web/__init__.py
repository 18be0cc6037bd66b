"""I show. Health, metrics, the webhook and the sandbox."""
