"""The core vocabulary: label kinds, evidence, results, the catalogue.  numpy and the standard
library only.
"""
