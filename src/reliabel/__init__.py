"""Reliabel, a workbench for imperfect labels."""

__version__ = "0.1.0"
