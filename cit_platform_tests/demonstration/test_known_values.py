"""What is known of the demonstration city belongs to the city that is drawn."""

from cit_platform.demonstration.known_values import VERSION_FILE, generator_version, read_truth


def test_the_kept_values_are_those_of_the_city_that_is_drawn_now() -> None:
    assert VERSION_FILE.read_text().strip() == generator_version(), "run `make truth`"


def test_every_headline_model_and_variant_has_values() -> None:
    truth = read_truth()
    assert list(truth.columns) == [
        *("model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level", "value")
    ]
    found = set(truth[["model", "variant"]].itertuples(index=False, name=None))
    assert found >= {
        *(("force", variant) for variant in ("published", "contact_level", "officer_clustered")),
        *(("disposition", variant) for variant in ("published", "officer_clustered")),
    }
    assert truth["value"].notna().all()
