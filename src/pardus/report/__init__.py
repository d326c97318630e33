"""Results as pages, tables and figures for people."""
