"""The crowd behind votes: skills of workers, their behaviour, alike accounts, and the next votes to
ask for.
"""
