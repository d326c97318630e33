"""Pixels to animals: finder, silhouette, flank, quality, descriptors."""
