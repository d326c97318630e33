"""An agreement is a file that people read, and every fault in it is named."""

from __future__ import annotations

from datetime import date

import pytest

from pardus.exchange.agreement import Agreement, Partner, read_agreement, write_agreement
from pardus.exchange.keys import make_keys
from pardus.model.errors import PackageError

RU, CN = make_keys("llnp").public(), make_keys("ntlnp").public()
AGREED = Agreement(
    "Land of Big Cats", "to count, \"together\"", date(2027, 12, 31), "Panthera pardus", "Asia/Vladivostok",
    (Partner("llnp", "Земля леопарда", RU, {"*": "T2"}, "RU"), Partner("ntlnp", "东北虎豹", CN, {"llnp": "T3"}, "CN")),
    embargo=date(2026, 6, 1),
)  # fmt: skip


def test_it_is_read_back_as_it_was_written() -> None:
    assert read_agreement(write_agreement(AGREED)) == AGREED


def test_its_hash_is_that_of_what_it_says() -> None:
    text = write_agreement(AGREED)
    assert read_agreement("# a note\r\n" + text.replace("\n", "\r\n")).hash == AGREED.hash
    assert read_agreement(text.replace('"T2"', '"T1"')).hash != AGREED.hash


def test_tiers_are_those_of_the_receiver() -> None:
    assert AGREED.tier("llnp", "ntlnp") == "T3"
    assert AGREED.tier("ntlnp", "llnp") == "T2"
    with pytest.raises(PackageError):
        AGREED.tier("llnp", "wcs")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("name = ", "nome = ", "unknown-key"),
        ("until = 2027-12-31", "until = 'soon'", "wrong-type"),
        ('zone = "Asia/Vladivostok"', 'zone = "Asia/Nowhere"', "unknown-zone"),
        ('"*" = "T2"', '"*" = "T7"', "unknown-tier"),
        ('"llnp" = "T3"', '"wcs" = "T3"', "unknown-partner"),
        (f'fingerprint = "{RU.fingerprint[:4]}', 'fingerprint = "0000', "fingerprint-differs"),
        ('id = "ntlnp"', 'id = "llnp"', "keys-of-another"),
        ("cell_degrees = 0.2", "cell_degrees = 0.001", "cell-too-small"),
        ("name = ", "name = = ", "agreement-syntax"),
    ],
    ids=range(9),  # keys are new in every process, so they can't name a test
)
def test_faults_are_named(old: str, new: str, code: str) -> None:
    text = write_agreement(AGREED)
    assert old in text
    with pytest.raises(PackageError) as error:
        read_agreement(text.replace(old, new, 1))
    assert code in {f.code for f in error.value.findings}
