"""What ``by="auto"`` runs: the only place that may combine algorithms."""
