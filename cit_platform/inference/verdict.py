"""Why a number is missing, as data: a kind, the facts of the case, and the one table of words for both.

Who makes a verdict gives kind and facts; who compares verdicts compares these, never their words.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What is the matter: the code that stands in the column `reason`."""

    NO_ROWS = "no_rows"
    NO_ROWS_LEFT = "no_rows_left"
    MISSING_VALUES = "missing_values"
    NO_CONTRAST = "no_contrast"
    OUTCOME_ABSENT = "outcome_absent"
    CONSTANT_EXPOSURE = "constant_exposure"
    TOO_FEW_EVENTS = "too_few_events"
    ONE_CLUSTER = "one_cluster"
    TOO_FEW_CLUSTERS = "too_few_clusters"
    TOO_FEW_ROWS = "too_few_rows"
    INDISPENSABLE_CLUSTER = "indispensable_cluster"
    LEVEL_LEFT_OUT = "level_left_out"
    LEFT_OUT_TOGETHER = "left_out_together"
    CONSTANT_COLUMN = "constant_column"
    CONSTANT_TERM = "constant_term"
    COLLINEAR = "collinear"
    ZERO_COLUMN = "zero_column"
    RANK_DEFICIENT = "rank_deficient"
    SEPARATION = "separation"
    NOT_CONVERGED = "not_converged"
    NOT_POSITIVE_DEFINITE = "not_positive_definite"
    WIDEST_OF_THREE = "widest_of_three"
    NO_USABLE_EXPOSURE = "no_usable_exposure"
    EXPOSURE_NOT_USABLE = "exposure_not_usable"
    SOFTWARE_WARNED = "software_warned"
    REFERENCE_REPLACED = "reference_replaced"
    OUTSIDE_WINDOW = "outside_window"
    WINDOW_PARTLY_COVERED = "window_partly_covered"
    WITHHELD = "withheld"
    NOT_CALIBRATED = "not_calibrated"
    BEYOND_A_GATE = "beyond_a_gate"
    NO_COMMON_STRATUM = "no_common_stratum"
    INDISTINCT = "indistinct"
    NOTHING_TO_COMPARE = "nothing_to_compare"
    TOO_FEW_CHANGES = "too_few_changes"
    NO_COMPARISON = "no_comparison"
    COHORT_REFUSED = "cohort_refused"
    IMPOSSIBLE_ERRORS = "impossible_errors"
    NO_PRESENCE_CONTRAST = "no_presence_contrast"
    ONE_ARM_ALONE = "one_arm_alone"
    FEW_OFFICERS = "few_officers"
    FEW_GROUPS = "few_groups"
    FEW_EVENTS_PER_COEFFICIENT = "few_events_per_coefficient"
    NONE_YET = "none_yet"
    NO_STRATUM = "no_stratum"
    SWITCHED_OFF = "switched_off"


Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """A kind and its facts: names, counts and lists of such, all of which JSON can hold."""

    kind: Kind
    facts: Facts = field(default_factory=dict)

    def __str__(self) -> str:
        """The verdict in words, with the names of the tables."""
        return words(self)


class Names:
    """What outcomes, terms and the arms of an exposure are called: here, as in the tables."""

    def outcome(self, name: str) -> str:
        """An outcome."""
        return name

    def term(self, name: str) -> str:
        """A term of a model, or an exposure."""
        return name

    def arm(self, exposure: str, value: int) -> str:
        """The rows with one value of the exposure."""
        return f"rows with {exposure} = {value}"

    def question(self, name: str) -> str:
        """A question about the records themselves, which has a limit."""
        return name


AS_IN_THE_TABLES = Names()


def words(verdict: Verdict, names: Names = AS_IN_THE_TABLES) -> str:
    """A verdict in one phrase, without a full stop."""
    return ": ".join(filter(None, WORDS[verdict.kind](verdict.facts, names)))


def short_words(verdict: Verdict, names: Names = AS_IN_THE_TABLES) -> str:
    """A verdict in a few words, without its details."""
    return WORDS[verdict.kind](verdict.facts, names)[0]


def codes(verdicts: Iterable[Verdict]) -> str:
    """Kinds for a column of a table, separated by semicolons; empty for none."""
    return ";".join(verdict.kind for verdict in verdicts)


def facts_json(verdicts: Sequence[Verdict]) -> str:
    """Facts for a column of a table: a JSON list in the order of `codes`; empty for none."""
    return json.dumps([verdict.facts for verdict in verdicts], ensure_ascii=False) if verdicts else ""


def verdicts_of(reason: str | None, facts: str | None) -> list[Verdict]:
    """What `codes` and `facts_json` have written.

    Raises:
        ValueError: a code is none of a kind, or there are not as many facts as codes.
    """
    if not reason:
        return []
    pairs = zip(reason.split(";"), json.loads(facts or "[]"), strict=True)
    return [Verdict(Kind(code), found) for code, found in pairs]


Phrase = tuple[str, str]
_OF_TERMS = {"term", "exposure", "column", "other"}


def _fixed(text: str, detail: str = "") -> Callable[[Facts, Names], Phrase]:
    """Words with the facts put in by name, those that name a term as it is called."""

    def phrase(facts: Facts, names: Names) -> Phrase:
        called = {**facts, **{key: names.term(facts[key]) for key in _OF_TERMS & facts.keys()}}
        return text.format_map(called), detail.format_map(called)

    return phrase


def _no_rows_left(facts: Facts, names: Names) -> Phrase:
    return "no rows left", "; ".join(f"{level['column']}: {_of_level(level, names)}" for level in facts["levels"])


def _of_level(level: Facts, names: Names) -> str:
    """Why a level left; not where its count is withheld."""
    if "n_rows" not in level:
        return words(Verdict(Kind.LEFT_OUT_TOGETHER), names)
    return words(Verdict(Kind.WITHHELD) if level["n_rows"] is None else Verdict(Kind.LEVEL_LEFT_OUT, level), names)


def _no_contrast(facts: Facts, names: Names) -> Phrase:
    return f"all {facts['n_rows']} rows are {names.outcome(facts['outcome'])}", "no contrast"


def _outcome_absent(facts: Facts, names: Names) -> Phrase:
    return f"no row has the outcome {', '.join(map(names.outcome, facts['outcomes']))}", ""


def _too_few_events(facts: Facts, names: Names) -> Phrase:
    found = [
        f"{case['n_events']} of {case['n_rows']} {names.arm(facts['exposure'], case['value'])} "
        f"are {names.outcome(case['outcome'])}{'' if case['n_events'] else ', which separates the outcome'}"
        for case in facts["cases"]
    ]
    return "too few events", f"{'; '.join(found)}; at least {facts['minimum']} are needed"


def _one_cluster(facts: Facts, names: Names) -> Phrase:
    return f"all {facts['n_rows']} {names.arm(facts['exposure'], facts['value'])} are of one cluster", ""


def _too_few_clusters(facts: Facts, _names: Names) -> Phrase:
    n_clusters = facts["n_clusters"]
    clusters = "one cluster" if n_clusters == 1 else f"{n_clusters} clusters"
    needed = f"{facts['n_coefficients']} coefficients, so there is no clustered covariance"
    return "too few clusters", f"{clusters} for {needed}"


def _level_left_out(facts: Facts, names: Names) -> Phrase:
    if not facts["absent"]:
        return "level left out", f"all its {facts['n_rows']} rows are of one cluster"
    absent = " and no ".join(map(names.outcome, facts["absent"]))
    return "level left out", f"no {absent} in its {facts['n_rows']} rows"


def _collinear(facts: Facts, names: Names) -> Phrase:
    return f"{names.term(facts['column'])} is collinear with {', '.join(map(names.term, facts['others']))}", ""


def _zero_column(facts: Facts, names: Names) -> Phrase:
    return (
        "the design matrix is not of full rank",
        f"{', '.join(map(names.term, facts['columns']))} is zero in every row",
    )


def _rank_deficient(facts: Facts, names: Names) -> Phrase:
    return "the design matrix is not of full rank", f"{', '.join(map(names.term, facts['columns']))} are collinear"


def _separation(facts: Facts, names: Names) -> Phrase:
    if facts.get("singular"):
        return "separation", "the information matrix became singular"
    return "separation", f"the likelihood has no finite maximum{_along(facts, names)}"


def _not_positive_definite(facts: Facts, names: Names) -> Phrase:
    return f"the robust covariance is not positive definite{_along(facts, names)}", ""


def _widest_of_three(facts: Facts, names: Names) -> Phrase:
    found = f"the two-way covariance is not positive definite{_along(facts, names)}"
    return f"{found}; the standard error is the widest of both one-way ones and the two-way one", ""


def _along(facts: Facts, names: Names) -> str:
    return f" along {_direction(facts['along'], names)}" if "along" in facts else ""


def _direction(named: Sequence[Facts], names: Names) -> str:
    """Coefficients that make up a direction."""
    return ", ".join(f"{names.term(each['column'])} ({names.outcome(each['outcome'])})" for each in named)


def _indispensable_cluster(facts: Facts, names: Names) -> Phrase:
    directions = dict.fromkeys(_direction(each, names) for each in facts["directions"])
    return "no jackknife", f"a single cluster holds all rows that tell of {'; '.join(directions)}"


def _reference_replaced(facts: Facts, _names: Names) -> Phrase:
    why = "was left out" if facts["left_out"] else "does not occur"
    new = f"{facts['level']}, the most frequent level left, is the reference"
    return f"reference {facts['reference']} {why}; {new}", ""


def _switched_off(facts: Facts, names: Names) -> Phrase:
    questions = ", ".join(names.question(name) for name in facts["questions"])
    return "not asked", f"the records break a limit that was stated beforehand ({questions})"


# The words before a colon stand alone where there is no room for more.
WORDS: dict[Kind, Callable[[Facts, Names], Phrase]] = {
    Kind.NO_ROWS: _fixed("no rows"),
    Kind.NO_ROWS_LEFT: _no_rows_left,
    Kind.MISSING_VALUES: _fixed("{term} is missing or infinite in {n_rows} rows"),
    Kind.NO_CONTRAST: _no_contrast,
    Kind.OUTCOME_ABSENT: _outcome_absent,
    Kind.CONSTANT_EXPOSURE: _fixed("{exposure} is constant", "no row has {exposure} = {value}"),
    Kind.TOO_FEW_EVENTS: _too_few_events,
    Kind.ONE_CLUSTER: _one_cluster,
    Kind.TOO_FEW_CLUSTERS: _too_few_clusters,
    Kind.TOO_FEW_ROWS: _fixed(
        "too few rows", "{n_rows} for {n_coefficients} coefficients, so there is no robust covariance"
    ),
    Kind.INDISPENSABLE_CLUSTER: _indispensable_cluster,
    Kind.LEVEL_LEFT_OUT: _level_left_out,
    Kind.LEFT_OUT_TOGETHER: _fixed("level left out", "not every step can estimate it, and all ask of the same rows"),
    Kind.CONSTANT_COLUMN: _fixed("{column} is constant"),
    Kind.CONSTANT_TERM: _fixed("{term} is constant ({level}) and leaves the model"),
    Kind.COLLINEAR: _collinear,
    Kind.ZERO_COLUMN: _zero_column,
    Kind.RANK_DEFICIENT: _rank_deficient,
    Kind.SEPARATION: _separation,
    Kind.NOT_CONVERGED: _fixed("no convergence{of} in {steps} steps"),
    Kind.NOT_POSITIVE_DEFINITE: _not_positive_definite,
    Kind.WIDEST_OF_THREE: _widest_of_three,
    Kind.NO_USABLE_EXPOSURE: _fixed("{exposure} is usable in no quarter"),
    Kind.EXPOSURE_NOT_USABLE: _fixed("{exposure} is not usable at this time"),
    Kind.SOFTWARE_WARNED: lambda facts, _names: ("statsmodels warned", "; ".join(facts["warnings"])),
    Kind.REFERENCE_REPLACED: _reference_replaced,
    Kind.OUTSIDE_WINDOW: _fixed("the data lie outside this window"),
    Kind.WINDOW_PARTLY_COVERED: _fixed("the data cover only {first} to {last} of this window"),
    Kind.NOT_CALIBRATED: _fixed("not calibrated", "it takes at least {minimum} negative controls"),
    Kind.BEYOND_A_GATE: lambda facts, _names: (
        "kept off the page by a gate of the protocol",
        "; ".join(facts["gates"]),
    ),
    Kind.ONE_ARM_ALONE: _fixed("only one of the two arms has contacts"),
    Kind.NO_PRESENCE_CONTRAST: _fixed("a CIT officer is on scene no more often with a certified reporting officer"),
    Kind.IMPOSSIBLE_ERRORS: _fixed("these errors cannot have given what is recorded"),
    Kind.WITHHELD: _fixed("withheld", "given by few officers"),
    Kind.NO_COMMON_STRATUM: _fixed("no group of rows holds both", "{exposure} does not vary within any"),
    Kind.NOTHING_TO_COMPARE: _fixed("nothing to compare yet"),
    Kind.INDISTINCT: _fixed("{column} is not told apart from {other}"),
    Kind.TOO_FEW_CHANGES: _fixed("too few changes", "fewer than {minimum} are seen both before and after theirs"),
    Kind.NO_COMPARISON: _fixed("no comparison", "in no year do those whose change is still to come give events enough"),
    Kind.COHORT_REFUSED: _fixed(
        "the changes of {cohort} are left out", "{percent} % of all in one quarter look like a change of the records"
    ),
    Kind.FEW_OFFICERS: _fixed("withheld", "reported by fewer than {minimum} officers"),
    Kind.FEW_GROUPS: _fixed("too few groups", "{n_groups} can be compared, and at least {minimum} are needed"),
    Kind.FEW_EVENTS_PER_COEFFICIENT: _fixed(
        "too few events", "{n_events} for a model that needs {minimum} to be asked in many ways"
    ),
    Kind.NO_STRATUM: _fixed("no comparison", "no stratum holds both kinds of report of several clusters"),
    Kind.NONE_YET: _fixed("none yet", "no contact was reported after {day}"),
    Kind.SWITCHED_OFF: _switched_off,
}
