"""Learners that go through a noise transition matrix: one file a method, each with ``learn``."""
