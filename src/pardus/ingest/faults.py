"""The codes of everything ingest can find wrong, with what it means and what to do.

The table is the one source of `docs/reference/ingest-findings.md` (a test compares them). A message with the
particulars is written where the fault is found; the remedy comes from here unless the finder knows better.
"""

from __future__ import annotations

from dataclasses import dataclass

from pardus.model.errors import Finding
from pardus.model.language import N_, _


@dataclass(frozen=True, slots=True)
class Fault:
    """What a code means, what to do, and whether it stops the act ("error") or is shown and counted ("warning")."""

    meaning: str
    remedy: str
    severity: str = "warning"


IGNORED = {
    "empty-file": Fault(
        N_("0 bytes: the camera or a copy wrote a name and no content."),
        N_("Nothing to do if the card shows the same; otherwise copy this file from the card again."),
    ),
    "wrong-extension": Fault(
        N_("The content is a picture or video of another type than its name says."),
        N_(
            "Rename it so that the name ends as the content in brackets does (image/jpeg: .JPG, video/mp4: .MP4, "
            "video/quicktime: .MOV, video/x-msvideo: .AVI), then ingest again. Other types are not taken."
        ),
    ),
    "heic": Fault(
        N_("A HEIC picture, which camera traps do not write."),
        N_("Convert a copy to JPEG if it belongs to the survey."),
    ),
    "raw-photo": Fault(N_("A raw photo."), N_("Export a JPEG if it belongs to the survey.")),
    "other-image": Fault(
        N_("A picture of a type that is not taken (only JPEG is)."),
        N_("Convert a copy to JPEG if it belongs to the survey."),
    ),
    "other-video": Fault(
        N_("A video of a type that is not taken (only MP4, MOV and AVI are)."),
        N_("Convert a copy to MP4 if it belongs to the survey."),
    ),
    "system-file": Fault(
        N_("A file that an operating system or file manager put there (Thumbs.db, .DS_Store, ...)."),
        N_("Nothing to do."),
    ),
    "apple-double": Fault(
        N_("A file ._NAME with macOS attributes of NAME, not a picture."), N_("Nothing to do.")
    ),
    "sidecar": Fault(
        N_("Metadata beside a picture or video (.xmp, .thm), read together with it."), N_("Nothing to do.")
    ),
    "not-media": Fault(N_("Neither a picture nor a video."), N_("Nothing to do.")),
    "link": Fault(
        N_("A link to another place; links are not followed."),
        N_("Ingest the folder that holds the real file."),
    ),
    "special-file": Fault(N_("A device, socket or pipe, not a file."), N_("Nothing to do.")),
    "unreadable": Fault(
        N_("The operating system would not let this file or folder be read."),
        N_("Check the card and the permissions, then ingest again: what was taken is not taken twice."),
        "error",
    ),
}
"""Why a file of the folder is not taken: listed, counted, never silently left out."""

DAMAGE = {
    "truncated": Fault(
        N_("The file ends before the picture does."),
        N_(
            "Kept as evidence, excluded from detection. Copy it from the card again if the card still has it."
        ),
    ),
    "overwritten": Fault(
        N_("The picture's data are broken in the middle by data of something else."),
        N_("Kept as evidence, excluded from detection. The card's file system is damaged: replace the card."),
    ),
    "undecodable": Fault(
        N_("The file can't be decoded as what it says it is."),
        N_(
            "Kept as evidence, excluded from detection. Copy it from the card again if the card still has it."
        ),
    ),
    "too-many-pixels": Fault(
        N_("The header claims more pixels than any camera trap writes; not decoded."),
        N_("Kept as evidence, excluded from detection. Look at the file by hand."),
    ),
    "damaged-metadata": Fault(
        N_("The picture decodes, but its metadata can't be read whole."),
        N_("Check the date shown; it may come from a later step of the date ladder."),
    ),
}
"""What is broken in a file's content. All but damaged-metadata exclude it from detection."""

DATES = {
    "no-date": Fault(
        N_("No date could be had from the file."),
        N_(
            "Held as 'no date': left out of effort and histories, and counted. State a date by a sidecar, a table, "
            "or allow the file's modification time after looking at its range."
        ),
    ),
    "unreadable-date": Fault(
        N_("The file has a date field that is not a date."), N_("The next step of the date ladder was tried.")
    ),
    "factory-date": Fault(
        N_("The clock stood at a factory default (1970-01-01, 2000-01-01, 2012-01-01 ...)."),
        N_(
            "Held as 'no date'. If the true time is known, state it by `pardus clock SURVEY --deployment D`, with "
            "--offset or --anchor twice."
        ),
    ),
    "before-2005": Fault(
        N_("The date is before 2005."),
        N_(
            "Held as 'no date'. If the true time is known: `pardus clock SURVEY --deployment D --offset ...`."
        ),
    ),
    "in-future": Fault(
        N_("The date is in the future."),
        N_(
            "Held as 'no date'. If the true time is known: `pardus clock SURVEY --deployment D --offset ...`."
        ),
    ),
    "wrong-clock": Fault(
        N_("A person accepted that the date is wrong and can't be mended."),
        N_(
            "Held as 'no date'. If the true time becomes known: `pardus clock SURVEY --deployment D --offset ...`."
        ),
    ),
    "date-from-filename": Fault(
        N_("The date comes from the file's name, not from the camera's metadata."),
        N_("Check that whoever renamed the files used the camera's clock."),
    ),
    "date-from-mtime": Fault(
        N_("The date is the file's modification time, which copying may have changed."),
        N_("Allowed for this deployment by its policy; check the range shown."),
    ),
    "zone-not-declared": Fault(
        N_(
            "No zone is declared, so the cameras' clocks are read as UTC, but the stations lie far from Greenwich."
        ),
        N_(
            'Nothing was guessed. Write into survey.toml what the clocks show (camera_zone = "+10:00", or '
            '"+00:00" if it is UTC indeed) and the programme\'s zone, then ingest again with --update.'
        ),
    ),
    "mtime-range": Fault(
        N_("Files without a date have modification times, which copying may have changed."),
        N_(
            "Look at the range. If it is that of the camera's work, ingest again with --mtime-zone ZONE --update, "
            "where ZONE is the one in which these times show the camera's clock."
        ),
    ),
    "container-date-undecided": Fault(
        N_(
            "The video's container has a date, but nobody has said whether this camera writes UTC or local time."
        ),
        N_(
            "Compare with stills of the same camera or the field notes, then ingest the card again with "
            "--container local --update if the videos show the camera's clock, --container utc --update if UTC."
        ),
    ),
}
"""What is doubtful about one file's date."""

ALARMS = {
    "outside-deployment": Fault(
        N_("Files are dated outside their deployment."),
        N_("Correct the clock, correct the deployment's dates, or accept the files as wrong-clock."),
        "error",
    ),
    "clock-reset": Fault(
        N_("The clock goes back while the file numbers go on."),
        N_(
            "Look at the pictures around the break, then: `pardus clock SURVEY --deployment D --offset ... --from ...` "
            "(the break as the camera wrote it)."
        ),
    ),
    "jump-in-burst": Fault(
        N_("Two pictures of one burst are more than 24 hours apart."),
        N_(
            "Look at both, then: `pardus clock SURVEY --deployment D --offset ... --from ...`, the break as the camera "
            "wrote it."
        ),
    ),
    "sequence-gap": Fault(
        N_("The camera counted pictures that are not here."),
        N_("Look for them on the card; if they were deleted on purpose, nothing to do."),
    ),
    "event-gap": Fault(
        N_("The camera counted trigger events that are not here."),
        N_("Look for them on the card; if they were deleted on purpose, nothing to do."),
    ),
    "day-night-flip": Fault(
        N_(
            "Most pictures by infrared are dated in daylight, or most colour pictures at night: a 12-hour slip."
        ),
        N_(
            "Compare a few pictures with the dates shown; if they agree with the shift named, state it: "
            "`pardus clock SURVEY --deployment D --offset ...`."
        ),
        "error",
    ),
    "two-serials": Fault(
        N_("One deployment's files come from cameras with different serial numbers."),
        N_("Split the folder by camera, or confirm that the camera was replaced in between."),
        "error",
    ),
    "serial-not-declared": Fault(
        N_("The files' serial number is not the one in the deployment table."),
        N_("Correct the table, or look for a swapped card."),
    ),
    "serial-in-two-places": Fault(
        N_("One camera (by serial) recorded at two stations at the same time."),
        N_("One of the two cards is in the wrong folder: see which station's table has this serial."),
        "error",
    ),
    "swapped-cards": Fault(
        N_("Two cards look exchanged: each fits the other's deployment better."),
        N_("Exchange the two folders (or correct the table), then ingest again."),
        "error",
    ),
    "scene-change": Fault(
        N_("The background changes for good in the middle of a deployment."),
        N_("Look at the pictures around the change: the camera was moved, or another card's files are here."),
    ),
    "clock-offset": Fault(
        N_("The first file of a card is whole hours from the setup, at which most cards here begin."),
        N_(
            "Compare with the field notes. If the clock was wrong: `pardus clock SURVEY --deployment D --offset ...`."
        ),
    ),
    "clock-drift": Fault(
        N_(
            "A card begins with the setup but ends well before or after the retrieval, at which most cards here end."
        ),
        N_(
            "If people stand in the last file: `pardus clock SURVEY --deployment D --anchor CAMERA=TRUE` for the first "
            "file and the last."
        ),
    ),
    "pair-offset": Fault(
        N_("Two cameras of one station disagree about the time of the same visits."),
        N_(
            "For the camera that is wrong: `pardus clock SURVEY --deployment D --offset ...` with the offset shown."
        ),
    ),
    "pair-too-few": Fault(
        N_("Two cameras of one station share too few visits to compare their clocks."),
        N_("Nothing to do; their clocks are not checked against each other."),
    ),
}
"""What is doubtful about a deployment's files taken together."""

NAMES = {
    "unsafe-name": Fault(
        N_("The name can't be used on every system (reserved, too long, or with characters that mislead)."),
        N_("Nothing to do: the file is taken under a safe name and shown with the odd characters escaped."),
    ),
    "name-twins": Fault(
        N_("Names in one folder that differ only in case or in how letters are composed."),
        N_("Nothing to do: all are taken; on some systems only one of them would be seen."),
    ),
    "same-name": Fault(
        N_(
            "The same name in the same folder of a card, with different content: two cards below one deployment?"
        ),
        N_("Nothing is lost: all are kept and shown with their folders. Check that both cards belong here."),
    ),
    "layout": Fault(
        N_("The path does not fit the layout of folders that the survey states."),
        N_("Move the file, or correct `layout` in survey.toml."),
        "error",
    ),
}
"""What is odd about names and places."""

LABELS = {
    "box-file-unknown": Fault(
        N_("A results file names a picture that is not in this survey."),
        N_("Ingest the picture first, or give the folder that the results' paths start from."),
    ),
    "box-file-ambiguous": Fault(
        N_("A results file names a picture by a name that several pictures have."),
        N_("Give the folder that the results' paths start from."),
    ),
    "box-failure": Fault(
        N_("The animal finder could not process this file. It is not 'empty': nothing is known of it."),
        N_("Look at the file by hand, or run the finder again."),
    ),
    "box-undated": Fault(
        N_("A box is on a picture without a time that can be believed."),
        N_("Mend the picture's date, then import the results again."),
    ),
    "box-units": Fault(
        N_("A box is not in the units that its layout states."),
        N_("Nothing was guessed and the box was not taken. Say how the file was made, or make it anew."),
        "error",
    ),
    "box-row": Fault(
        N_("A detection lacks a field or has one of the wrong type."),
        N_("The detection was not taken. Make the results file anew."),
        "error",
    ),
    "tag-several": Fault(
        N_("A file has tags for several animals and nothing says which is where."),
        N_("Each became an observation of its own without a box; mark them in review."),
    ),
    "look-alike-ids": Fault(
        N_(
            "Ids of individuals that look the same and are not (another alphabet, case, blank): one cat twice?"
        ),
        N_("Write them alike in the tags or folders, or state in review that they are the same individual."),
    ),
    "tag-undated": Fault(
        N_("A tagged file has no time that can be believed, so the sighting has no place in a history."),
        N_("The tags are kept. Mend the date, then ingest again: the sighting is made then."),
    ),
    "tag-value": Fault(
        N_("A tag for sex, life stage or flank has a value that is not one of the known ones, or has two."),
        N_("The value was not taken. Correct the tag, or state it in review."),
    ),
    "tag-unmapped": Fault(
        N_("Tags that `[tags]` in survey.toml gives no meaning."),
        N_("Add a pattern to `[tags]` if they name species or individuals."),
    ),
}
"""What is doubtful about tags and imported boxes."""

FAULTS = IGNORED | DAMAGE | DATES | ALARMS | NAMES | LABELS


def finding(code: str, where: str, message: str = "", remedy: str = "") -> Finding:
    """Return a Finding with the severity and, unless given, the meaning and remedy of its code."""
    fault = FAULTS[code]
    return Finding(code, where, message or _(fault.meaning), remedy or _(fault.remedy), fault.severity)
