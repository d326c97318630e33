"""Everything a developer or a curious visitor runs, by one word each; needs only Python 3.11 or newer.

python3 dev.py install    install into .venv, and say how pardus is started
python3 dev.py demo       install into .venv and take two simulated organisations from cards to one joint report
python3 dev.py check      install into .venv and run the whole check: format, lint, types, layers, tests, docs
python3 dev.py studies    the slow recovery and scale studies
python3 dev.py words      collect the sentences to translate and compile the catalogues
python3 dev.py reference  write docs/reference/commands.md anew
python3 dev.py pins       write constraints.txt anew (needs uv and a network)
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
PINS = ROOT / "constraints.txt"
COLLECT_HELP = """
import sys, pathlib, typer
from babel.messages import pofile
from pardus.cli.help import sentences
from pardus.cli.main import app
file = pathlib.Path(sys.argv[1])
catalogue = pofile.read_po(file.open("rb"))
for sentence in sentences(typer.main.get_command(app)):
    catalogue.add(sentence)
pofile.write_po(file.open("wb"), catalogue, width=110, no_location=True, sort_output=True)
"""
COMPILE = """
import sys, pathlib
from babel.messages import mofile, pofile
for folder in map(pathlib.Path, sys.argv[1:]):
    catalogue = pofile.read_po((folder / "pardus.po").open("rb"), locale=folder.parent.name)
    mofile.write_mo((folder / "pardus.mo").open("wb"), catalogue)
    missing = [m.id for m in catalogue if m.id and not all([m.string] if isinstance(m.string, str) else m.string)]
    print(folder.parent.name, len(catalogue), "sentences,", len(missing), "not translated yet")
"""


def run(*command: str | Path) -> None:
    """Run a command in the project's folder; stop with its exit code if it fails."""
    print("+", *command, flush=True)
    code = subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode
    if code:
        sys.exit(code)


def install() -> None:
    """Make .venv with the pinned packages (hashes checked) and this project in it, once per set of pins."""
    stamp = VENV / "pins"
    wanted = hashlib.sha256(PINS.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if find_spec("ensurepip") is None:
        sys.exit(
            "This Python can't make environments. On Debian or Ubuntu: apt install python3-venv. Then run it again."
        )
    print("Installing into .venv; this is done once and takes a minute or some.", flush=True)
    venv.create(VENV, with_pip=True)
    quiet = ("-q", "--disable-pip-version-check")
    try:
        run(PYTHON, "-m", "pip", "install", *quiet, "--require-hashes", "-r", PINS)
        run(PYTHON, "-m", "pip", "install", *quiet, "--no-deps", "--no-build-isolation", "-e", ".")
    except SystemExit as failed:
        print(
            "Not installed, for the reason above. This step alone needs a network; then run the same command again."
        )
        raise failed
    stamp.write_text(wanted)


def demo() -> None:
    """Run the demo: two organisations from their cards to one joint report."""
    run(PYTHON, "-m", "pardus", "demo", "out/demo")
    print(f"To look at a survey of it in the browser: {BIN / 'pardus'} desk out/demo/llnp")


def ready() -> None:
    """Say how pardus is started in this window."""
    enter = VENV / "Scripts" / "activate" if os.name == "nt" else f". {VENV / 'bin' / 'activate'}"
    print(f"Installed. In each new window first: {enter}")
    print("Then: pardus --help. The way to a first animal: docs/tutorial/first-animal.md")


def check() -> None:
    """Run every check in the order in which it fails fastest."""
    run(PYTHON, "-m", "ruff", "format", "--check", ".")
    run(PYTHON, "-m", "ruff", "check", ".")
    run(BIN / "lint-imports")
    run(PYTHON, "-m", "mypy")
    run(PYTHON, "-m", "pytest", "-n", "2", "--dist", "worksteal")


def studies() -> None:
    """Run the slow studies."""
    run(PYTHON, "-m", "pytest", "-m", "slow")


def words() -> None:
    """Collect the sentences for people, merge them into the catalogues, compile the catalogues."""
    babel = BIN / "pybabel"
    locale = Path("src", "pardus", "locale")
    template = locale / "pardus.pot"
    keep = ("--no-location", "--sort-output", "--width=110", "--project", "pardus")
    run(babel, "extract", "-F", "babel.toml", "-k", "N_", "-k", "ngettext:1,2", *keep, "-o", template, ".")
    run(PYTHON, "-c", COLLECT_HELP, ROOT / template)
    for language in ("ru", "zh"):
        catalogue = locale / language / "LC_MESSAGES" / "pardus.po"
        act = "update" if (ROOT / catalogue).exists() else "init"
        more = ("--no-fuzzy-matching", "--ignore-pot-creation-date", "--width=110") if act == "update" else ()
        run(babel, act, "-D", "pardus", "-i", template, "-d", locale, "-l", language, *more)
    run(PYTHON, "-c", COMPILE, *(locale / language / "LC_MESSAGES" for language in ("ru", "zh")))


def reference() -> None:
    """Write the page of all commands and options."""
    run(PYTHON, "docs/make_reference.py")


def pins() -> None:
    """Resolve the dependencies for all platforms and write names, versions and hashes."""
    run(
        "uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes",
        "--no-emit-index-url", "--no-header", "--all-extras", "--group", "dev", "pyproject.toml",
        "-o", "constraints.txt",
    )  # fmt: skip


def main() -> None:
    """Dispatch on the first word."""
    acts = {
        "install": ready,
        "demo": demo,
        "check": check,
        "studies": studies,
        "words": words,
        "reference": reference,
        "pins": pins,
    }
    if len(sys.argv) != 2 or sys.argv[1] not in acts:
        sys.exit(__doc__)
    if sys.version_info < (3, 11):  # noqa: UP036 - somebody's older Python reads this
        sys.exit(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Try python3.11, or install a newer one."
        )
    if sys.argv[1] != "pins":
        install()
    acts[sys.argv[1]]()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped. Run the same command again.")
