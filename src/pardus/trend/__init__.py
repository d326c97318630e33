"""Years to survival, recruitment and growth."""
