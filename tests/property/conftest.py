"""One profile for all properties: no deadline (machines differ), the same examples every time in a
run that must not flicker.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")
