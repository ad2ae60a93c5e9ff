"""What users call: one file a verb."""
