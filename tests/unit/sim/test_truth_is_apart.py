"""No step of the pipeline may know the simulator: only what makes surveys imports it."""

from pathlib import Path

import pardus

MAKERS = {
    "app/demo.py",
    "app/field_answers.py",
    "app/true_animals.py",
    "cli/demo.py",
    "app/simulate.py",
    "cli/simulate.py",
}


def test_only_what_makes_surveys_imports_the_simulator() -> None:
    root = Path(pardus.__file__).parent
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if path.relative_to(root).parts[0] != "sim" and "pardus.sim" in path.read_text(encoding="utf-8")
    }
    assert users <= MAKERS
