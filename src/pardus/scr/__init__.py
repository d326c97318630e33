"""Capture histories to density and abundance by spatial capture-recapture."""
