from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pardus.ingest.keywords import read_keywords, xmp_date
from pardus.ingest.layout import Place
from pardus.ingest.read import image_facts
from pardus.ingest.tags import Labels, alike_individuals, labels_of, labels_of_place, observe
from pardus.model.errors import ParameterError
from pardus.model.media import Media
from tests.fixtures.cards import XML_BOMB, Shot

MAPPING = {
    "species": "Species",
    "individual": "individual|*",
    "flank": "Flank",
    "sex": "Sex",
    "count": "Count",
}
AT = datetime(2024, 1, 10, tzinfo=UTC)
MEDIA = Media("llnp:abc", "abc", 1, "image", "image/jpeg", ("S1/a.JPG",), "llnp:d1", timestamp=AT)


def said(*keywords: str, media: Media = MEDIA, study: str = "Panthera pardus"):
    return observe(media, labels_of(keywords, MAPPING | {"author": "Author"}), "llnp", "llnp:tags", study)


def values(labelled, about: str) -> list[str]:
    return [d.value for d in labelled.decisions if d.about == about]


def test_tags_come_out_of_a_real_file_as_written_by_photo_managers() -> None:
    facts = image_facts(Shot(keywords=("Species|Leopard Cat", "individual|2")).jpeg())
    assert facts.keywords == ("Species|Leopard Cat", "individual|2")


def test_a_flat_keyword_that_only_repeats_a_level_is_left_out() -> None:
    xmp = Shot(keywords=("Species|Лео",)).jpeg()
    assert image_facts(xmp).keywords == ("Species|Лео",)


def test_iptc_keywords_are_read_in_utf8_and_latin1() -> None:
    assert read_keywords(b"", {(1, 90): (b"\x1b%G",), (2, 25): ("ирбис".encode(),)}) == (("ирбис",), False)
    assert read_keywords(b"", {(2, 25): (b"caf\xe9", b"Leopard")}) == (("Leopard", "caf\xe9"), False)


def test_a_packet_that_would_explode_is_not_parsed() -> None:
    assert read_keywords(XML_BOMB, {}) == ((), True)
    assert xmp_date(XML_BOMB) == ""


def test_a_tagged_individual_is_an_observation_and_two_decisions() -> None:
    result = said(
        "Species|Panthera pardus", "individual|Leo 7F", "Flank|left", "Sex|Female", "Author|E. Ivanova"
    )
    (observation,) = result.observations
    assert observation.individual == observation.scientific_name == ""
    assert (observation.flank, observation.sex, observation.media) == ("left", "female", ("llnp:abc",))
    assert (observation.start, observation.deployment) == (AT, "llnp:d1")
    assert values(result, "individual") == ["llnp:Leo 7F"]
    assert values(result, "species") == ["Panthera pardus"]
    assert {(d.by, d.basis, d.observation) for d in result.decisions} == {
        ("llnp:E. Ivanova", "tag", observation.id)
    }
    assert result.findings == ()


def test_the_same_file_read_again_gives_the_same_ids() -> None:
    assert said("individual|2", "Species|Cat") == said("individual|2", "Species|Cat")


def test_two_individuals_in_one_picture_are_two_observations() -> None:
    result = said("Species|Panthera pardus", "individual|1", "individual|2", "Flank|left")
    assert values(result, "individual") == ["llnp:1", "llnp:2"]
    assert values(result, "species") == ["Panthera pardus"] * 2
    assert len({o.id for o in result.observations}) == 2
    assert {o.flank for o in result.observations} == {"unknown"}
    assert [f.code for f in result.findings] == ["tag-several"]


def test_an_individual_among_two_species_belongs_to_the_one_under_study_or_to_none() -> None:
    known = said("Species|Panthera pardus", "Species|Sus scrofa", "individual|1")
    assert [(d.about, d.value) for d in known.decisions] == [
        ("species", "Panthera pardus"),
        ("individual", "llnp:1"),
        ("species", "Sus scrofa"),
    ]
    unknown = said("Species|Meles leucurus", "Species|Sus scrofa", "individual|1")
    assert "species" not in {
        d.about for d in unknown.decisions if d.observation == unknown.observations[0].id
    }
    assert values(unknown, "species") == ["Meles leucurus", "Sus scrofa"]


def test_a_tagged_file_without_a_time_is_a_finding_and_keeps_its_tags() -> None:
    result = said("individual|1", media=replace(MEDIA, timestamp=None))
    assert (result.observations, result.decisions) == ((), ())
    assert [(f.code, f.where) for f in result.findings] == [("tag-undated", "S1/a.JPG")]


def test_a_value_that_is_not_known_is_not_taken() -> None:
    result = said("individual|1", "Flank|port", "Count|two")
    assert result.observations[0].flank == "unknown"
    assert [f.code for f in result.findings] == ["tag-value", "tag-value"]
    assert any("left, right" in f.message for f in result.findings)


def test_patterns_compare_without_case_and_take_the_last_level() -> None:
    labels = labels_of(
        ("SPECIES|Cats|Leopard", "ID-042-done", "Place|North"),
        {"species": "species", "individual": "ID-*-done"},
    )
    assert labels["species"] == ("Leopard",)
    assert labels["individual"] == ("042",)
    assert labels.unmapped == ("Place|North",)


def test_ids_that_only_look_the_same_are_named() -> None:
    latin, cyrillic = "Leo 80M", "Leo 80\u041c"
    (found,) = alike_individuals(["llnp:Leo 7F", f"llnp:{latin}", f"llnp:{cyrillic}"])
    assert found.code == "look-alike-ids"
    assert "Cyrillic" in found.message
    assert alike_individuals(["llnp:1", "llnp:2", "llnp:1"]) == []


def test_blanks_and_invisible_characters_do_not_make_another_individual() -> None:
    assert labels_of(("individual|Leo  7F ", "individual|Leo 7F\u200b"), MAPPING)["individual"] == ("Leo 7F",)


@pytest.mark.parametrize("mapping", [{"colour": "Colour"}, {"species": ""}, {"species": "*|*"}])
def test_a_mapping_that_can_not_be_meant_is_refused(mapping: dict[str, str]) -> None:
    with pytest.raises(ParameterError, match="the tag above the value"):
        labels_of((), mapping)


def test_folder_names_say_the_same_with_their_own_basis() -> None:
    labels = labels_of_place(Place("S1", species="Panthera pardus", individual="Leo 7F"))
    result = observe(MEDIA, labels, "llnp", "llnp:folders")
    assert {d.basis for d in result.decisions} == {"folder"}
    assert values(result, "individual") == ["llnp:Leo 7F"]
    assert labels_of_place(Place("S1")) == Labels({}, basis="folder")
    assert observe(MEDIA, Labels(), "llnp", "llnp:x").observations == ()
