"""Reading: which column of a table is what, and how columns become labels, votes and evidence."""
