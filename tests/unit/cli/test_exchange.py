"""Two partners, from keys to a shared animal, by commands alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pardus.cli.main import app
from pardus.model.errors import PackageError, ParameterError, SurveyError, UsageError
from tests.fixtures.partners import parties, silhouette

RUN = CliRunner()


def run(*words: object) -> dict[str, Any]:
    done = RUN.invoke(app, [*map(str, words), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_two_partners_find_a_shared_animal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARDUS_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("PARDUS_PASSPHRASE", "snow on the ridge")
    one, two = (p.folder for p in parties(tmp_path))
    lines = []
    for folder in (one, two):
        (folder / "agreement.toml").unlink()
        lines += ["--keys", tmp_path / f"{folder.name}.txt"]
        made = run("exchange", "keys", folder.name, "--new", "--out", lines[-1])
        assert run("exchange", "keys", folder.name)["fingerprint"] == made["fingerprint"]
    secret = (tmp_path / "keys" / "llnp.keys").read_text()
    assert secret.startswith("pardus-locked-1 ")
    assert (tmp_path / "keys" / "llnp.keys").stat().st_mode & 0o077 == 0

    terms = ("--name", "Land of Big Cats", "--purpose", "to count", "--until", "2099-12-31")
    agreed = run("exchange", "agree", one, *lines, *terms)
    assert run("exchange", "agree", two, "--file", one / "agreement.toml") == agreed

    by_hand = one / "silhouettes" / "proposed"
    by_hand.mkdir(parents=True)
    for n, name in enumerate(("o10", "o11")):
        (by_hand / f"{name}.png").write_bytes(silhouette(n))
    looked = run("exchange", "pictures", one)
    assert looked["proposed"] == 0
    assert looked["left_out"] == {"no-picture": 15}  # records from tables
    assert [Path(p).name for p in looked["sheets"]] == ["sheet-01.jpg"]
    assert run("exchange", "pictures", one, "--accept") == {"accepted": 2}

    package = tmp_path / "winter.pardus"
    preview = run("exchange", "pack", one, package, "--to", "ntlnp", "--preview")
    assert not package.exists()
    packed = run("exchange", "pack", one, package, "--to", "ntlnp")
    assert packed["leaves"] == preview["leaves"]
    assert packed["leaves"]["flank pictures"] == 2
    opened = run("exchange", "open", two, package)
    assert opened["hash"] == packed["hash"]
    run("exchange", "accept", two, opened["hash"][:16])
    state = run("reconcile", two, "--same", "ntlnp:F02=llnp:F02", "--different", "ntlnp:F01=llnp:F03")
    assert state["joint"] == [{"joint": "llnp:F02", "ntlnp": "ntlnp:F02", "llnp": "llnp:F02"}]
    assert state["shared"][0]["found"] == 1
    assert run("reconcile", two, "--as-of", "2026-03-01T10:00+00:00") != state
    assert run("reconcile", two, "--match")["shared"][0]["found"] == 1  # only one side has pictures

    back = tmp_path / "back.pardus"
    run("exchange", "withdraw", one, back, "--hash", packed["hash"][:16], "--reason", "a wrong cat")
    run("exchange", "accept", two, run("exchange", "open", two, back)["hash"])
    assert [p["withdrawn"] for p in run("exchange", "list", two)["packages"]] == [True, False]
    for command in (["exchange", "list", str(two)], ["reconcile", str(two)]):
        done = RUN.invoke(app, command)
        assert done.exit_code == 0
        assert re.search(r"withdrawn|joint", done.stdout)


def test_mistakes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARDUS_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("PARDUS_PASSPHRASE", "short")
    one, _two = (p.folder for p in parties(tmp_path))
    for words, error in (
        (["exchange", "keys", "llnp", "--new"], ParameterError),
        (["exchange", "keys", "llnp"], SurveyError),
        (["exchange", "agree", str(one)], UsageError),
        (["reconcile", str(one), "--same", "llnp:F02"], UsageError),
        (["estimate", "--joint"], UsageError),
        (["estimate", str(one), str(one)], UsageError),
    ):
        with pytest.raises(error):
            RUN.invoke(app, words, catch_exceptions=False)
    monkeypatch.setenv("PARDUS_PASSPHRASE", "snow on the ridge")
    RUN.invoke(app, ["exchange", "keys", "llnp", "--new"], catch_exceptions=False)
    with pytest.raises(ParameterError):  # keys are never overwritten
        RUN.invoke(app, ["exchange", "keys", "llnp", "--new"], catch_exceptions=False)
    monkeypatch.setenv("PARDUS_PASSPHRASE", "another passphrase")
    with pytest.raises(PackageError):
        RUN.invoke(app, ["exchange", "keys", "llnp"], catch_exceptions=False)
