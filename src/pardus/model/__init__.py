"""The vocabulary: frozen types and pure functions on them. Imports only the standard library and numpy."""
