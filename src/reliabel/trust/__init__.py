"""The statistics that make it trustworthy: tables of evidence, P(wrong), the count, the budget
curve.
"""
