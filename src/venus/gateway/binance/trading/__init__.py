"""Orders, order lists, and what an account has of them."""
