"""Strings to unit vectors."""
