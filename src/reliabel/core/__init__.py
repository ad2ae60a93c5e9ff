"""The house's own words: label kinds, evidence, results, the catalogue.  numpy and the standard
library only.
"""
