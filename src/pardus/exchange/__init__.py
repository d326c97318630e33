"""Signed packages between partners."""
