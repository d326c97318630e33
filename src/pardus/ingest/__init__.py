"""Cards to media: scan, metadata, clock, video, the field's own tables."""
