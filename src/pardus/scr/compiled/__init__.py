"""The compiled engine: the same likelihood as the plain one, pruned, vectorised, with exact derivatives."""
