"""Passwords, tokens, secrets and the limits on trying them."""
