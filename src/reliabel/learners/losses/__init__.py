"""Learners that are a loss, or a term added to one."""
