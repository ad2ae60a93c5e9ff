"""The review's HTTP interface, one file a subject; FastAPI makes its OpenAPI description."""
