"""One survey on disk: an append-only log, tables folded from it, blobs by hash."""
