"""The review pages in the browser."""
