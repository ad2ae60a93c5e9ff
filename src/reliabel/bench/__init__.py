"""The bench: scenarios, suites, comparisons."""
