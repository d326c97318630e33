"""One module for each page: `routes(desk)` returns its routes."""
