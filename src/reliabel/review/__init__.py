"""Review: what people decide, kept in a log that only grows, and what is looked at next."""
