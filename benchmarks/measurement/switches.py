"""The cities of the study: the default city's own distortions and the others, one switch at a time."""

from dataclasses import dataclass, replace
from typing import Any

from cit_platform.sources.demo.city import OUTCOMES, CityParameters
from cit_platform.sources.demo.large_city import CALENDAR

# Officers and contacts of a city: small, so that thousands can be drawn; and of the city that gives the causal value.
N_OFFICERS, N_CONTACTS = 120, 8_000
LARGE = 125
# Half of the years, both parts of that in which the records system changed: fewer coefficients, faster fits.
YEARS = (2015, 2016, 2018, 2019, 2021, 2024)
YEARS_DRAWN = tuple(block for block in CALENDAR if block.start.year in YEARS)

# Records and city as simple as the generator can be; officers, incidents and dated shifts stay.
PLAIN = CityParameters(
    n_officers=N_OFFICERS,
    defects=False,
    duplicated_dispositions=False,
    chosen_disposition=False,
    unjoined_certification=False,
    conflicting_certification=False,
    force_by_watch=False,
    watch_by_seniority=False,
    dispatch_by_call=False,
)


@dataclass(frozen=True)
class Switch:
    """One distortion alone.

    Attributes:
        name: in the table.
        changes: parameters against `PLAIN`.
        has_null: whether certification does nothing where its own odds ratios are 1.
    """

    name: str
    changes: dict[str, Any]
    has_null: bool = True

    def city(self, *, effect: bool) -> CityParameters:
        """The city with certification's effects, or with none."""
        city = replace(PLAIN, **self.changes)
        return city if effect else without_effect(city)


def without_effect(city: CityParameters) -> CityParameters:
    """The same city where certification has no effect on any outcome of its own."""
    effects = {outcome: replace(city.effects(outcome), cit_certified=1.0) for outcome in OUTCOMES}
    return replace(city, **effects, effect_by_call=False)


SWITCHES = (
    Switch("none", {}),
    Switch("not joined in 2015", {"unjoined_certification": True}),
    Switch("contradictions near a switch", {"conflicting_certification": True}),
    # The print of 2020: one of several dispositions until May 2019, then all of them.
    Switch("form change of 2019", {"coding": "2020", "duplicated_dispositions": True, "chosen_disposition": True}),
    Switch("one disposition printed", {"duplicated_dispositions": True, "chosen_disposition": True}),
    Switch("shift of 2020", {"confounding_shift": True}),
    Switch("force by watch, watch by seniority", {"force_by_watch": True, "watch_by_seniority": True}),
    Switch("dispatch by call and certification", {"dispatch_by_call": True, "dispatch_by_certification": True}),
    Switch("missing values, double records", {"defects": True}),
    Switch("missing values by certification", {"defects_by_certification": True}),
    Switch("incidents of several officers", {"further_officers": True}),
    Switch("squads", {"squad_variation": True}),
    Switch("officers' outcomes correlated", {"shared_tendency": True}),
    Switch("effect by call", {"effect_by_call": True}),
    Switch("arrival changes the outcome", {"on_scene_effect": True}, has_null=False),
    Switch("career curve", {"career_curve": True}),
    Switch("recording by certification", {"recording_by_certification": True}),
    Switch(
        "default city",
        {
            "coding": "2025",
            **{
                name: getattr(CityParameters(), name)
                for name in (
                    *("defects", "duplicated_dispositions", "chosen_disposition", "unjoined_certification"),
                    *("conflicting_certification", "force_by_watch", "watch_by_seniority", "dispatch_by_call"),
                )
            },
        },
    ),
)
