import dataclasses
from pathlib import Path

import pytest

from pardus.model.errors import ParameterError
from pardus.sim.parameters import (
    SECTIONS,
    Parameters,
    PartnerParameters,
    PopulationParameters,
    default_toml,
    read_parameters,
)


def test_the_default_file_reads_back_as_the_defaults() -> None:
    assert read_parameters(default_toml()) == Parameters()


def test_what_is_left_out_has_its_default() -> None:
    changed = read_parameters("[population]\nn = 20\n")
    assert changed.population == PopulationParameters(n=20)
    assert changed.detection == Parameters().detection


def test_every_fault_is_named_at_once() -> None:
    text = "[population]\nsurvial = 0.8\nn = 'many'\n[landscap]\narea_km2 = 3\n"
    with pytest.raises(ParameterError) as caught:
        read_parameters(text, "p.toml")
    said = str(caught.value)
    for word in ("survival", "population.n", "Did you mean landscape"):
        assert word in said
    assert len(caught.value.findings) == 3


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[population]\nsurvival = 1.2\n", "population.survival"),
        ("[population]\nsurvival = 0.9\ngrowth = 0.8\n", "recruitment would be negative"),
        ("[survey]\nstations = 5000\n", "do not fit"),
        ("[survey]\nstart = '31-31'\n", "month-day"),
        ("[pictures]\nwidth = 1000\n", "multiple of 64"),
        ("[cameras]\nlost = 0.7\ngap = 0.7\n", "more than 1"),
        ("[detection]\nsigma_female = 3000.0\nreach = 1900.0\n", "half of sigma"),
        ("[[partner]]\nid = 'a'\nshare = 0.4\nstations = 1.0\n", "add up to 1"),
        ("[[partner]]\nid = 'a'\nshare = 1.0\nstations = 1.0\nzone = '+99:99:1'\n", "zone"),
        ("not toml", "not TOML"),
    ],
)
def test_bad_parameters_are_refused_with_reasons(text: str, word: str) -> None:
    with pytest.raises(ParameterError, match=word.replace("+", r"\+")):
        read_parameters(text)


def test_every_parameter_is_in_the_reference() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "simulate.md").read_text(encoding="utf-8")
    sections = [*SECTIONS.items(), ("partner", PartnerParameters)]
    missing = [
        f"{n}.{f.name}" for n, s in sections for f in dataclasses.fields(s) if f"`{f.name}`" not in page
    ]
    assert not missing
