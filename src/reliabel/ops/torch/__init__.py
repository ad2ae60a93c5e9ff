"""The training loop of learners, and what they share that needs torch."""
