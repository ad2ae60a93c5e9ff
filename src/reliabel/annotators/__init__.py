"""From items to votes: clusters, rules and other sources that answer for many items at once."""
