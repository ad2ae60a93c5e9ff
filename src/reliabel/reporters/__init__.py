"""Reporters: one file a form."""
