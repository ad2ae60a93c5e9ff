"""Learners that choose which labels to learn from, or replace those they doubt."""
