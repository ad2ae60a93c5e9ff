"""Corrupters: one file a method, each with one public function ``corrupt``."""
