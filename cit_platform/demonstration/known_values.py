"""What is known of the demonstration city: the large-city value of each headline estimand, computed once and kept."""

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.codebook.agency import DEFAULT_AGENCY, agency_of

if TYPE_CHECKING:
    import pandas as pd

    from cit_platform.modelling.windows import Windows

TRUTH_FILE = Path(__file__).parent / "truth.csv"
VERSION_FILE = TRUTH_FILE.with_suffix(".version")
LAST_REPORT = date(2025, 12, 31)
LEAST_OFFICERS = 30
CONTACTS_OF_THE_DEFAULT_CITY = 107_000
SAMPLED_CONTACTS = 1_000


def read_truth() -> "pd.DataFrame":
    """The kept values by `model, variant, unit, window_start, window_end, outcome, term, level`, in log odds.

    `value` is what the specification's estimate tends to, `causal_value` what certification does to the outcome; null
    of other terms.
    """
    import pandas as pd

    return pd.read_csv(TRUTH_FILE, keep_default_na=False, na_values={"causal_value": [""]})


def calendar() -> "Windows":
    """Report dates of the large city, all and those whose certification its default print gives."""
    from cit_platform.modelling.windows import Windows
    from cit_platform.sources.demo.calibration import calibration
    from cit_platform.sources.demo.city import CityParameters

    [not_joined] = calibration(CityParameters().coding).lines("certification")
    usable_from = not_joined.end + timedelta(days=1)
    return Windows((agency_of(DEFAULT_AGENCY).first_report, LAST_REPORT), (usable_from, LAST_REPORT))


def compute_truth() -> "pd.DataFrame":
    """Fit every headline specification to the counts of 10 million contacts by 90,000 officers.

    A level is left out if fewer than 30 officers of a city of the default size have it: there those officers decide
    the coefficient, not the city. The references are the largest levels and have many more.
    """
    import pandas as pd

    from cit_platform.demonstration.causal_values import potential_outcomes
    from cit_platform.demonstration.large_city_values import truth
    from cit_platform.modelling.features import feature_frames
    from cit_platform.sources.demo.city import CityParameters
    from cit_platform.sources.demo.large_city import GRAINS, TRUTH_OFFICERS, large_city, modelling_rows

    city = CityParameters(n_officers=TRUTH_OFFICERS)
    drawn = [[modelling_rows(city, chunk, grain) for grain in GRAINS] for chunk in large_city(city)]
    features = feature_frames(*(pd.concat(grain) for grain in zip(*drawn, strict=True)))
    del drawn
    values = truth(features, calendar(), potential_outcomes(city))
    few = _levels_of_few_officers()
    levels = pd.MultiIndex.from_frame(values[["term", "level"]])
    return values.drop(index=values.index[levels.isin(list(few))])


def _levels_of_few_officers() -> set[tuple[str, str]]:
    from cit_platform.sources.demo.city import CityParameters
    from cit_platform.sources.demo.large_city import large_city, officers_by_level

    officers: dict[tuple[str, str], set[int]] = {}
    for chunk in large_city(CityParameters(), contacts=CONTACTS_OF_THE_DEFAULT_CITY):
        for level, found in officers_by_level(CityParameters(), chunk).items():
            officers.setdefault(level, set()).update(found)
    return {level for level, found in officers.items() if len(found) < LEAST_OFFICERS}


def values_version() -> str:
    """Version of what the values depend on: a sample of the city as it is drawn, and the questions as they are asked.

    That the same rows and questions still give the same numbers is for the tests of inference and of the studies.
    """
    from cit_platform.demonstration.large_city_values import asked
    from cit_platform.sources.demo.city import CityParameters
    from cit_platform.sources.demo.large_city import GRAINS, TRUTH_OFFICERS, large_city, modelling_rows

    city, digest = CityParameters(n_officers=TRUTH_OFFICERS), hashlib.sha256(asked(calendar()).encode())
    for chunk in large_city(city, contacts=SAMPLED_CONTACTS):
        for grain in GRAINS:
            digest.update(modelling_rows(city, chunk, grain).to_csv(index=False, lineterminator="\n").encode())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    compute_truth().to_csv(TRUTH_FILE, index=False, float_format="%.10g", lineterminator="\n")
    VERSION_FILE.write_text(values_version() + "\n")
    print(f"Written: {TRUTH_FILE}")
