"""The act `pardus exchange pack`: what leaves, to whom, at which tier; scanned before it leaves."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path

import pardus
from pardus.app.exchange_contents import Made, make_payload
from pardus.app.exchange_state import last_of, load_agreement, logged
from pardus.app.executor import Executor
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.app.telling import Tell, nobody
from pardus.exchange import payload
from pardus.exchange.agreement import Agreement
from pardus.exchange.archive import write
from pardus.exchange.keys import PrivateKeys, encrypt_file
from pardus.exchange.manifest import TIERS, Manifest, PackedFile, stream
from pardus.exchange.trust import manifest_hash
from pardus.model.errors import Finding, PackageError, ParameterError
from pardus.model.language import _
from pardus.model.package import PackageRecord
from pardus.model.record import to_record
from pardus.store.protocol import Store

ENCRYPTED = ("T2", "T3")


@dataclass(frozen=True, slots=True)
class Packed:
    """What left, or (preview) would leave. contents: table or kind -> count. left_out: what stayed, and why."""

    path: Path | None
    manifest: Manifest
    hash: str
    contents: dict[str, int]
    left_out: dict[str, int]
    findings: tuple[Finding, ...] = ()
    example: tuple[str, ...] = field(default=())

    def sentences(self) -> list[str]:
        """Say it to a person."""
        m = self.manifest
        said = [
            _("{tier} from {origin} to {names}, number {n}; files: {files}, bytes: {bytes}.").format(
                tier=m.tier, origin=m.origin, names=", ".join(m.recipients), n=m.sequence, files=len(m.files),
                bytes=sum(f.bytes for f in m.files),
            ),
            *(_("Leaves: {n} {what}.").format(n=n, what=what) for what, n in self.contents.items()),
            *(_("Stays: {n} {what}.").format(n=n, what=what) for what, n in self.left_out.items()),
            *(_("For example: {text}").format(text=text) for text in self.example),
        ]  # fmt: skip
        if m.not_before:
            said.append(_("It can't be opened before {day}.").format(day=m.not_before[:10]))
        said.append(_("Wrote {path}.").format(path=self.path) if self.path else _("Nothing was written."))
        return said


def pack(
    folder: Path,
    target: Path | None,
    tier: str,
    recipients: Sequence[str],
    *,
    keys: PrivateKeys,
    sayer: Sayer,
    not_before: datetime | None = None,
    preview: bool = False,
    tell: Tell = nobody,
    executor: Executor | None = None,
) -> Packed:
    """Make a package of a survey for partners and say so in the log.

    preview: show what would leave and write nothing. executor: cuts and scans the flank pictures. Raises PackageError
    if the agreement does not allow it, or if the scanner finds a place or a time in what would leave (tiers T0 and T2;
    at T1 names and instants).
    """
    agreement, to, now = _allowed(folder, tier, recipients, keys, sayer)
    with (
        open_survey(folder, write=not preview) as store,
        tempfile.TemporaryDirectory(
            prefix=".pardus-pack-", dir=None if target is None else _parent(target)
        ) as aside,
    ):
        survey = store.survey()
        inside = Path(aside) / "payload"
        inside.mkdir()
        made = make_payload(folder, store, survey, agreement, tier, keys, inside, tell, executor)
        return _seal(
            store, inside, made, agreement, tier, to, keys, now, not_before, sayer,
            None if preview else target,
        )  # fmt: skip


def withdraw(
    folder: Path, target: Path, hashes: Sequence[str], reason: str, *, keys: PrivateKeys, sayer: Sayer
) -> Packed:
    """Take packages back that were sent: a package that says so, to the same recipients.

    hashes: of sent packages, or the beginning of them (8 characters or more). Raises PackageError if none was sent, or
    they went to different recipients.
    """
    agreement = load_agreement(folder)
    with (
        open_survey(folder, write=True) as store,
        tempfile.TemporaryDirectory(prefix=".pardus-pack-", dir=_parent(target)) as aside,
    ):
        sent = [p.record for p in logged(store) if p.direction == "sent"]
        chosen = []
        for wanted in hashes:
            found = [r for r in sent if len(wanted) >= 8 and r.hash.startswith(wanted)]
            if len(found) != 1:
                raise PackageError(
                    _("No single package that was sent begins with {hash}.").format(hash=wanted)
                )
            chosen += found
        recipients = {r.recipients for r in chosen}
        if len(recipients) != 1:
            raise PackageError(_("These packages went to different partners; withdraw them one by one."))
        inside = Path(aside) / "payload"
        inside.mkdir()
        text = json.dumps({"hashes": sorted(r.hash for r in chosen), "reason": reason}, ensure_ascii=False)
        (inside / payload.WITHDRAWN).write_text(text + "\n", encoding="utf-8", newline="\n")
        made = Made(
            {_("packages taken back"): len(chosen)}, {}, withdrawn=tuple(sorted(r.hash for r in chosen))
        )
        made.reason = reason
        return _seal(
            store, inside, made, agreement, "T0", recipients.pop(), keys, sayer.clock(), None, sayer, target
        )


def _allowed(
    folder: Path, tier: str, recipients: Sequence[str], keys: PrivateKeys, sayer: Sayer
) -> tuple[Agreement, tuple[str, ...], datetime]:
    agreement = load_agreement(folder)
    me = agreement.partner(keys.organisation)
    now = sayer.clock()
    if tier not in TIERS:
        raise ParameterError(
            _("Tier {tier!r}: expected one of {tiers}.").format(tier=tier, tiers=", ".join(TIERS))
        )
    found = []
    if me.keys != keys.public():
        found.append(
            Finding("other-keys", me.id, _("The agreement names other keys than those of this person."))
        )
    if now.date() > agreement.until:
        found.append(Finding("agreement-over", str(agreement.until), _("The agreement has ended.")))
    to = tuple(sorted(set(recipients)))
    if not to:
        found.append(Finding("no-recipient", "", _("Say to whom it goes with --to.")))
    for name in to:
        most = agreement.tier(me.id, name)
        if name == me.id or tier > most or not most:
            found.append(
                Finding("tier", name, _("{name} may see {most} of {me}, not {tier}.").format(
                    name=name, most=most or _("nothing"), me=me.id, tier=tier))
            )  # fmt: skip
    if found:
        raise PackageError(_("The agreement does not allow this package."), found)
    return agreement, to, now


def _seal(
    store: Store, inside: Path, made: Made, agreement: Agreement, tier: str, to: tuple[str, ...], keys: PrivateKeys,
    now: datetime, not_before: datetime | None, sayer: Sayer, target: Path | None,
) -> Packed:  # fmt: skip
    paths = sorted((p.relative_to(inside).as_posix(), p) for p in inside.rglob("*") if p.is_file())
    sequence, previous = last_of(logged(store), "sent").get(stream(keys.organisation, to), (0, ""))
    embargo = not_before or (
        datetime.combine(agreement.embargo, time(), UTC) if agreement.embargo is not None else None
    )
    manifest = Manifest(
        package=sayer.new_id(),
        origin=keys.organisation,
        key=keys.public().fingerprint,
        sequence=sequence + 1,
        previous=previous,
        created=now.astimezone(UTC).isoformat(timespec="seconds"),
        tier=tier,
        recipients=to,
        purpose=agreement.purpose,
        agreement=agreement.hash,
        files=tuple(PackedFile(name, path.stat().st_size, _hash(path)) for name, path in paths),
        expires=datetime.combine(agreement.until, time(23, 59, 59), UTC).isoformat(),
        not_before=embargo.isoformat() if embargo and embargo > now and not made.withdrawn else "",
        program=f"pardus {pardus.__version__}",
    )
    wrong = payload.file_faults(manifest)
    if wrong:
        raise PackageError(_("The package would hold files that its tier must not."), wrong)
    data = manifest.to_bytes()
    digest = manifest_hash(data)
    packed = Packed(
        target, manifest, digest, made.contents, made.left_out, tuple(made.findings), made.example
    )
    if target is None:
        return packed
    if target.exists():
        raise PackageError(_("{path} is there already; give a new name.").format(path=target))
    plain = inside.parent / "plain"
    write(plain, data, keys.sign(data), paths)
    if tier in ENCRYPTED:
        readers = tuple(agreement.partner(name).keys for name in to)
        encrypt_file(plain, inside.parent / "sealed", readers)
        plain = inside.parent / "sealed"
    with store.transaction():
        record = PackageRecord(
            manifest.package, manifest.origin, manifest.sequence, digest, tier, to, manifest.created,
            manifest.expires, len(paths), made.withdrawn, made.reason,
        )  # fmt: skip
        sayer.say(store, "package-sent", to_record(record))
        shutil.move(plain, target)
    return packed


def _parent(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.parent


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
