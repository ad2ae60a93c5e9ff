"""Formats: one file a format, data in and out."""
