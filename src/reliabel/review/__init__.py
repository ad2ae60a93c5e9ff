"""Review: what people decide, kept in a log that only grows, and what is looked at next."""

from importlib.util import find_spec

if any(find_spec(name) is None for name in ("sqlalchemy", "alembic")):
    raise ModuleNotFoundError(
        "decisions are kept in a database, which needs SQLAlchemy and Alembic: "
        "pip install 'reliabel[review]'"
    )
