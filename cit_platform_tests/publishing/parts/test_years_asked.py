"""The years beside an estimate are those of the records that it asks."""

from datetime import date

import pytest

from cit_platform.publishing.parts.years_asked import years_asked


@pytest.mark.parametrize(
    ("variant", "first", "said"),
    [
        ("mark43_alone", date(2016, 1, 1), "2019 to 2026"),
        ("mark43_alone", date(2020, 4, 1), "2020 to 2026"),
        ("primary", date(2016, 1, 1), "2016 to 2026"),
    ],
)
def test_a_variant_of_one_records_system_starts_with_it(variant: str, first: date, said: str) -> None:
    assert years_asked({"variant": variant, "window_start": first, "window_end": date(2026, 2, 1)}) == said
