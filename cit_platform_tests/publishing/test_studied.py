"""The topics on the tables of the real studies: whatever a study writes, the page can read and says no other side."""

import pytest

from cit_platform.contracts import TABLES
from cit_platform_tests.publishing import studied
from cit_platform_tests.publishing.conftest import DEMO, REAL, reports
from cit_platform_tests.publishing.frames import quality_tables
from cit_platform_tests.publishing.language import banned_words
from cit_platform_tests.publishing.modelled import models

SIDES = {"lower": "lower", "higher": "higher", "unclear": "no clear association", "cannot": "cannot be estimated"}
DECIDED = {"lower": "contradicted", "higher": "supported", "unclear": "undecided", "cannot": "cannot be estimated"}


@pytest.mark.parametrize("truth", studied.TRUTHS)
def test_the_page_says_what_the_studies_found(truth: str) -> None:
    tables = studied.models(truth) | quality_tables()
    found = {key.key: key for report in reports(tables, REAL).values() for key in report.findings}
    assert found["force_odds_ratio"].direction == found["force_per_thousand"].direction == SIDES[truth]
    assert found["interventionist_effect"].words.startswith(DECIDED[truth])
    assert not [text for finding in found.values() if (text := banned_words(finding.sentence))]
    assert reports(tables, DEMO)["replication"].findings[0].key == "replication"


def test_the_made_up_tables_have_the_columns_and_roles_of_the_real_ones() -> None:
    real, made_up = studied.models("lower"), models("lower")
    assert set(real) == set(made_up) == {path for path, table in TABLES.items() if table.schema == "models"}
    for path, frame in made_up.items():
        assert list(frame.columns) == list(real[path].columns), path
    for path in ("models/force", "models/disposition"):
        kept = made_up[path][["variant", "role", "step", "unit", "correction"]].drop_duplicates()
        theirs = real[path][["variant", "role", "step", "unit", "correction"]].drop_duplicates()
        assert set(map(str, kept.to_numpy().tolist())) <= set(map(str, theirs.to_numpy().tolist())), path
    for path, name in (("models/situation", "level"), ("models/interventionist_effect", "measure")):
        assert set(made_up[path][name]) == set(real[path][name]), path
