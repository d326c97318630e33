"""Promises of the repository itself: licences, no registry addresses, no machine's paths, complete reference."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
TEXT = {".py", ".md", ".toml", ".txt", ".j2", ".csv", ".json", ".po", ".sh", ""}


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    forbidden = re.compile(
        r"files\.pythonhosted|pypi\.org/simple|registry\.npmjs|index-url|(?<![\w.])/work/|/root/"
    )
    wrong = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        if path.suffix in TEXT and path.name not in ("test_house.py", "dev.py")
        for match in [forbidden.search(path.read_text(encoding="utf-8", errors="ignore"))]
        if match
    ]
    assert wrong == []


def runtime_packages() -> set[str]:
    """Names of all packages that a plain install brings, followed through their requirements."""
    todo, done = ["pardus"], set()
    while todo:
        name = todo.pop()
        for text in requires(name) or []:
            requirement = Requirement(text)
            marker = requirement.marker
            if marker is not None and not marker.evaluate({"extra": ""}):
                continue
            if requirement.name.lower() not in done:
                done.add(requirement.name.lower())
                todo.append(requirement.name)
    return done


def test_no_package_of_the_install_is_under_a_copyleft_licence() -> None:
    wrong = []
    for name in sorted(runtime_packages()):
        meta = distribution(name).metadata
        said = [meta.get("License-Expression") or "", *(meta.get_all("Classifier") or [])]
        if not meta.get("License-Expression"):
            said.append((meta.get("License") or "")[:60])
        if re.search(r"\bA?GPL|GNU (Affero )?General Public", " ".join(said)) and "LGPL" not in " ".join(
            said
        ):
            wrong.append(name)
    assert wrong == []


def test_the_reference_of_commands_is_fresh() -> None:
    done = subprocess.run([sys.executable, "docs/make_reference.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run `python3 dev.py reference`"
