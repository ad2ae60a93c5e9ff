"""Data sets: one file a real public data set, found through RELIABEL_DATA."""
