"""Measures: one file a method, each with one public function ``measure``."""
