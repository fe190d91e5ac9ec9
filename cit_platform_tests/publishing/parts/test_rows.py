"""Which fit speaks for a model is a matter of its role, not of its name."""

import pandas as pd
import pytest

from cit_platform.modelling.specification import Role
from cit_platform.publishing.parts.rows import OTHER_ROLES, SPEAKING_ROLES, fits, headline_fit, speaking, variants_of
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform_tests.publishing.conftest import report, tables_under


def with_roles(frame: pd.DataFrame, roles: dict[str, Role]) -> pd.DataFrame:
    """A table whose variants have other roles."""
    return frame.assign(role=[roles.get(v, r) for v, r in zip(frame["variant"], frame["role"], strict=True)])


def test_every_role_of_a_specification_has_its_place_on_the_page() -> None:
    assert {specification.role for specification in FORCE_SPECIFICATIONS} == {*SPEAKING_ROLES, *OTHER_ROLES}


def test_the_fits_of_force_come_in_the_order_of_the_page() -> None:
    estimates = tables_under("lower")["models/estimates"].sort_values("variant")
    steps = ["contact_level", "officer_clustered", "usable_exposure"]
    assert list(fits(estimates, "force")) == ["primary", *steps, "published"]
    others = ["all_quarters", "contradictory_certified", "contradictory_not_certified"]
    assert list(fits(estimates, "force", OTHER_ROLES)) == others
    assert list(fits(estimates, "disposition", ("headline", "published"))) == ["primary", "published"]


def test_another_role_makes_another_variant_speak() -> None:
    tables = tables_under("lower")
    changed = with_roles(tables["models/estimates"], {"primary": "sensitivity", "all_quarters": "headline"})
    assert {row["variant"] for row in headline_fit(changed, "force")} == {"all_quarters"}
    assert next(iter(fits(changed, "force"))) == "all_quarters"
    assert "primary" in fits(changed, "force", OTHER_ROLES)
    force = changed[(changed["variant"] == "all_quarters") & (changed["term"] == "cit_certified")].index
    changed.loc[force, ["odds_ratio", "conf_low", "conf_high", "p_value"]] = [1.44, 1.2, 1.7, 0.001]
    [found] = report("force", tables | {"models/estimates": changed}).findings
    assert (found.estimate, found.direction) == (1.44, "higher")


def test_a_variant_without_words_comes_after_those_that_have_some() -> None:
    rows = [{"variant": name, "role": "sensitivity"} for name in ("unheard", "firth", "two_way")]
    assert variants_of(rows, OTHER_ROLES) == ["two_way", "firth", "unheard"]


@pytest.mark.parametrize(("roles", "first"), [(["published", "ladder"], "ladder"), (["sensitivity"], None)])
def test_without_a_headline_the_next_role_speaks(roles: list[str], first: str | None) -> None:
    rows = [{"variant": role, "role": role} for role in roles]
    assert [row["variant"] for row in speaking(rows)] == ([first] if first else [])
