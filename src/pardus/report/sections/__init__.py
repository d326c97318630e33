"""The sections of a report, each a function from what is known to blocks of text, tables and figures."""
