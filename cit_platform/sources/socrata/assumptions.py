"""What the platform assumes of the live source that nobody outside could look up, each with the place it was read."""

from __future__ import annotations

from dataclasses import dataclass

from cit_platform.codebook.agency import DEFAULT_AGENCY, agency_of
from cit_platform.codebook.vocabulary import CODED_FIELDS

METADATA_2019 = "the portal's description of 2019-04-19"
BULK_2025 = "the bulk CSV of 2025-04-12"
SWEEPS_2026 = "39 sweeps of the interface, 2026-07-27 to 2026-08-03"
LABELS = "labels_"

FEWEST_ROWS, MOST_ROWS = 100_000, 150_000
MOST_ROWS_PER_TEMPLATE = 1.10
MOST_LEGACY_ROWS_PER_TEMPLATE = 1.05
MOST_MARK43_ROWS_PER_TEMPLATE = 1.15
LARGEST_LEGACY_TEMPLATE = agency_of(DEFAULT_AGENCY).last_legacy_template
FIRST_REPORT = agency_of(DEFAULT_AGENCY).first_report.isoformat()
OLDEST_UPDATE_DAYS = 7
LONGEST_UPDATE_DAYS = 30
EXPERIENCE = (0, 45)
UNKNOWN_EXPERIENCE = -1
MOST_IMPOSSIBLE_EXPERIENCE = 0.10
LEAST_OF_A_CODING = 0.90
LEAST_IN_ORDER = 0.70


@dataclass(frozen=True)
class Assumption:
    """One question to the live source.

    Attributes:
        name: what reports and the guide in docs/first-live-run.md call it; stays.
        question: in words.
        assumed: the answer that the platform is built for.
        basis: where that was read.
    """

    name: str
    question: str
    assumed: str
    basis: str


def _labels(field: str) -> Assumption:
    question = f"Which labels does {field} hold?"
    if field in CODED_FIELDS:
        return Assumption(
            f"{LABELS}{field}", question, "labels of the codebook only", f"{BULK_2025}; earlier prints, {METADATA_2019}"
        )
    return Assumption(f"{LABELS}{field}", question, "most without the two dashes of earlier prints", BULK_2025)


# Of a CIT officer requested a question of its own is asked: the column is expected to be empty.
TEXT_FIELDS = tuple(sorted({*CODED_FIELDS, "final_call_type"} - {"cit_officer_requested"}))
_TABLE = (
    Assumption("address", "Which address answers?", "the first of CIT_SOCRATA_URL", "data catalogues of 2024 to 2026"),
    Assumption(
        "interface",
        "Which interface counts rows?",
        "SODA 3 with an app token, SODA 2.1 without",
        f"the portal's documentation of 2024-03; {SWEEPS_2026} (no token)",
    ),
    Assumption(
        "columns",
        "Which columns are there?",
        "every field that a headline needs, and none that nobody knows",
        f"{BULK_2025}; {SWEEPS_2026} (cit_officer_requested gone)",
    ),
    Assumption("types", "Of which types are they?", "types whose values are read", f"{METADATA_2019}; {BULK_2025}"),
    Assumption("licence", "Under which terms is it published?", "Public Domain", METADATA_2019),
    Assumption(
        "last_update",
        "When were rows last updated?",
        f"daily: at most {OLDEST_UPDATE_DAYS} days ago",
        f"{METADATA_2019} (refresh frequency: daily); {SWEEPS_2026}",
    ),
    Assumption(
        "rows", "How many rows?", f"{FEWEST_ROWS:,} to {MOST_ROWS:,}", f"{BULK_2025}: 99,558, and about 23 a day since"
    ),
    Assumption(
        "rows_per_template",
        "How many rows per template?",
        f"1 to {MOST_ROWS_PER_TEMPLATE}: the publisher chooses one disposition",
        f"{BULK_2025}: 1.018 of 99,558 rows",
    ),
    Assumption(
        "rows_per_legacy_template",
        "And for templates of the legacy system?",
        f"1 to {MOST_LEGACY_ROWS_PER_TEMPLATE}",
        f"{BULK_2025}: one each",
    ),
    Assumption(
        "rows_per_mark43_template",
        "And for those of Mark43, with ids above 2,147,483,647?",
        f"1 to {MOST_MARK43_ROWS_PER_TEMPLATE}",
        f"{BULK_2025}: 1.03",
    ),
    Assumption(
        "report_dates",
        "From when to when were templates reported?",
        f"from {FIRST_REPORT} to at most {OLDEST_UPDATE_DAYS} days ago, as dates",
        BULK_2025,
    ),
    Assumption(
        "row_updates",
        "Does each row keep its own time of update?",
        f"no: all are touched within {LONGEST_UPDATE_DAYS} days, a thousand at a time",
        SWEEPS_2026,
    ),
    *map(_labels, TEXT_FIELDS),
    Assumption(
        "report_times",
        "How is the time of a report written?",
        "on a clock of 24 hours: HH:MM:SS, with or without a fraction, or an hour",
        f"{BULK_2025}; the print of 2022 had 12 hours without AM and PM",
    ),
    Assumption(
        "experience",
        "Are years of experience credible?",
        f"whole; at most {MOST_IMPOSSIBLE_EXPERIENCE:.0%} outside {EXPERIENCE[0]} to {EXPERIENCE[1]} (-1 is unknown)",
        f"{BULK_2025}: stated anew, 6 of 13 templates otherwise than in 2020",
    ),
    Assumption("birth_dates", "How are officers' births written?", "as years", f"prints of 2022; {BULK_2025}"),
    Assumption(
        "officer_ids", "How are officers numbered?", "by digits without padding", f"prints of 2022; {BULK_2025}"
    ),
    Assumption(
        "requested",
        "Is it still printed whether a CIT officer was requested?",
        "no: the column is absent, or empty in every row",
        f"{SWEEPS_2026}: since 2026-07-30",
    ),
    Assumption(
        "certification_2015",
        "Is any officer certified in reports of 2015?",
        "no: N throughout, where the description of 2019 had 45 %",
        f"906 contacts in the prints since 2020; 30 rows of {BULK_2025}",
    ),
    Assumption(
        "certification_varies",
        "Does certification vary within officers?",
        "yes: some report with and without it",
        f"{METADATA_2019} (status at the time of the event)",
    ),
    Assumption(
        "certification_order",
        "Does it begin with no and end with yes?",
        f"yes, for at least {LEAST_IN_ORDER:.0%} of the officers with both",
        "the study of changes within officers needs it; nobody outside has seen certification after 2018",
    ),
)
ASSUMPTIONS: dict[str, Assumption] = {assumption.name: assumption for assumption in _TABLE}
