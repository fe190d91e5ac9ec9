"""What the platform assumes of the live source that nobody outside could look up, each with the place it was read."""

from __future__ import annotations

from dataclasses import dataclass

from cit_platform.codebook.vocabulary import CODED_FIELDS

METADATA_2019 = "the portal's description of 2019-04-19"
ROWS_2020 = "1,000 rows of 2020-11-14"
LABELS = "labels_"

FEWEST_ROWS, MOST_ROWS = 100_000, 300_000
MOST_ROWS_PER_TEMPLATE = 1.7
MOST_LEGACY_ROWS_PER_TEMPLATE = 1.05
MOST_MARK43_ROWS_PER_TEMPLATE = 3.0
LARGEST_LEGACY_TEMPLATE = 2**31 - 1
OLDEST_UPDATE_DAYS = 7
LONGEST_UPLOAD_HOURS = 24
EXPERIENCE = (0, 45)
UNKNOWN_EXPERIENCE = -1
MOST_IMPOSSIBLE_EXPERIENCE = 0.10
LEAST_OF_A_CODING = 0.90
LEAST_IN_ORDER = 0.70


@dataclass(frozen=True)
class Assumption:
    """One question to the live source.

    Attributes:
        name: what reports and the guide in docs/operations.md call it; stays.
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
        return Assumption(f"{LABELS}{field}", question, "labels of the codebook only", f"{METADATA_2019}; {ROWS_2020}")
    return Assumption(f"{LABELS}{field}", question, "most begin with two dashes", METADATA_2019)


TEXT_FIELDS = tuple(sorted((*CODED_FIELDS, "final_call_type")))
_TABLE = (
    Assumption("address", "Which address answers?", "the first of CIT_SOCRATA_URL", "data catalogues of 2024 to 2026"),
    Assumption(
        "interface",
        "Which interface counts rows?",
        "SODA 3 with an app token, SODA 2.1 without",
        "the portal's documentation of 2024-03",
    ),
    Assumption(
        "columns", "Which columns are there?", "the 25 fields of raw/records; the time as time or hour", METADATA_2019
    ),
    Assumption("types", "Of which types are they?", "template_id number, the event's time, others text", METADATA_2019),
    Assumption("licence", "Under which terms is it published?", "Public Domain", METADATA_2019),
    Assumption(
        "last_update",
        "When were rows last updated?",
        f"daily: at most {OLDEST_UPDATE_DAYS} days ago",
        f"{METADATA_2019} (refresh frequency: daily)",
    ),
    Assumption("rows", "How many rows?", f"{FEWEST_ROWS:,} to {MOST_ROWS:,}", "counts of 2018 to 2020, about 23 a day"),
    Assumption(
        "rows_per_template",
        "How many rows per template?",
        f"1 to {MOST_ROWS_PER_TEMPLATE}",
        "1.22 in 2018 and 2019; 1.63 in the department's own extract of 2021",
    ),
    Assumption(
        "rows_per_legacy_template",
        "And for templates of the legacy system?",
        f"1 to {MOST_LEGACY_ROWS_PER_TEMPLATE}: republished with one disposition each",
        f"{ROWS_2020}",
    ),
    Assumption(
        "rows_per_mark43_template",
        "And for those of Mark43, with ids above 2,147,483,647?",
        f"more than 1, at most {MOST_MARK43_ROWS_PER_TEMPLATE:g}: a row for each disposition",
        "the department's own extract of 2021",
    ),
    Assumption(
        "report_dates",
        "From when to when were templates reported?",
        f"from 2015-05-15 to at most {OLDEST_UPDATE_DAYS} days ago",
        f"{METADATA_2019}; the department's publications of 2015",
    ),
    Assumption(
        "row_updates",
        "Does each row keep its own time of update?",
        f"no: all within {LONGEST_UPLOAD_HOURS} hours, as the set is replaced whole",
        f"{METADATA_2019} (no row identifier); {ROWS_2020} (sorted)",
    ),
    *map(_labels, TEXT_FIELDS),
    Assumption("report_times", "How is the time of a report written?", "HH:MM:SS, or an hour 0 to 23", METADATA_2019),
    Assumption(
        "experience",
        "Are years of experience credible?",
        f"whole; at most {MOST_IMPOSSIBLE_EXPERIENCE:.0%} outside {EXPERIENCE[0]} to {EXPERIENCE[1]} (-1 is unknown)",
        ROWS_2020,
    ),
    Assumption("birth_dates", "How are officers' births written?", "as full dates", ROWS_2020),
    Assumption("officer_ids", "How are officers numbered?", "by digits padded to six characters", ROWS_2020),
    Assumption(
        "requested_and_dispatched",
        "Does CIT requested say more than CIT dispatched?",
        "no: both are equal in every row",
        ROWS_2020,
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
        f"the study of changes within officers needs it; {ROWS_2020} hold 18 templates with both",
    ),
)
ASSUMPTIONS: dict[str, Assumption] = {assumption.name: assumption for assumption in _TABLE}
