"""Folders on disk: audits, consensus, people's decisions, and the evidence that is kept between
runs.
"""
