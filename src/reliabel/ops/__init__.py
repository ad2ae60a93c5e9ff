"""Shared mathematics: pure functions with at least two callers."""
