"""Kept answers in a web process: what they depend on, how changes reach them, and the short way to them."""
