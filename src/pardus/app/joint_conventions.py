"""The names of the conventions by which countries state a total."""

from __future__ import annotations

from pardus.model.language import N_

CONVENTIONS = {
    "clipped": N_("mask clipped at the border"),
    "across": N_("mask across the border, N in its own land"),
    "all": N_("N over all of its mask"),
    "integrated": N_("all partners together"),
}
