"""A survey as far as it is known at the head of its log, with what of it may follow from answers."""

from __future__ import annotations

from dataclasses import dataclass

from pardus.model.survey import Survey

BASIS = "answers"
ANSWERED = "questions-answered"


@dataclass(frozen=True, slots=True)
class Known:
    """A survey at the head of its log, without media.

    answered: observations whose animal may follow from answers. undated_media: files with observations, without a date.
    """

    survey: Survey
    answered: frozenset[str]
    undated_media: frozenset[str]
