"""The Camtrap DP standard, in and out: read, write, check."""
