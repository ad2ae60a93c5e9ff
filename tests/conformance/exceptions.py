"""Where a law does not hold: {(verb, name, law): reason}.  Each is a strict xfail: an exception that passes fails the run."""

EXCEPTIONS: dict[tuple[str, str, str], str] = {}
