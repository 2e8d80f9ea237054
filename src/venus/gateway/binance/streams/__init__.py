"""Market streams and user data streams."""
