"""Do officers write more templates once they are certified? Templates per officer-month, before and after.

For: reading rates per contact, which change when the number of contacts that are written down does.
Not for: how many people in crisis an officer meets: a meeting without a template is not in the records.
"""

import pandas as pd

from cit_platform.modelling.features import Features
from cit_platform.modelling.tidy import conform
from cit_platform.modelling.windows import Windows
from cit_platform.studies.certification_change import Counted, change_rows
from cit_platform.studies.certification_change import headline_numbers as headline_numbers

COUNTED = Counted("templates_per_month", "template", lambda months: months.contacts, lambda months: months.share)


def recording(features: Features, agency: str, windows: Windows, feasibility: pd.DataFrame) -> pd.DataFrame:
    """Templates per officer-month, on the officer-months of `certification_change`, as `models/recording` has them."""
    rows = change_rows(features, agency, windows, (COUNTED,), feasibility, "recording")
    return conform(rows, "models/recording")
