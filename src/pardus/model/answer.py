"""An answer: what a named person said about two animals in pictures, side by side."""

from __future__ import annotations

from dataclasses import dataclass

ANSWERS = ("same", "different", "cannot-tell", "bad-crop", "two-animals")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one question, never changed; taken back by undoing its log entry.

    a, b: observation ids (an animal in a picture: box and flank) that were shown. said: one of ANSWERS;
    "bad-crop" and "two-animals" are about a. by: `organisation:person`. truth: "same" or "different" if it was
    a blind control, "" otherwise; controls measure the observer and decide nothing. prior: log odds of "same" by
    the machine when it was asked, 0 if it had none; kept here so that a later run of the machine changes nothing.
    shown: every observation that was on the screen, where there were more than a and b.
    """

    a: str
    b: str
    said: str
    by: str
    truth: str = ""
    prior: float = 0.0
    shown: tuple[str, ...] = ()

    @property
    def pair(self) -> tuple[str, str]:
        """The two observations in order."""
        return (self.a, self.b) if self.a <= self.b else (self.b, self.a)
