"""The pages of alerts and incidents: what is open, what happened, what came in, and what people do about it."""
