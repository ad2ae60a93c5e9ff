"""The crowd behind votes: workers, how they behave, accounts too alike, and the next votes to
buy.
"""
