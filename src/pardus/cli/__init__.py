"""The command line: parses, calls app, prints."""
