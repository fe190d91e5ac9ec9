"""What raw/revisions finds between two snapshots is what a plain rule in Python finds; a respelling is nothing."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.revisions import Publisher
from cit_platform.sources.demo.source import DemoSource
from cit_platform.sources.snapshot import canonical_snapshot
from cit_platform_tests.transforms.engine import AS_OF, FIELDS, Row, beyond_form, compared, received, record

Change = tuple[str | None, ...]
CHANGE = ("template_id", "disposition", "change", "field", "old_value", "new_value")
INDICATORS = {
    *("use_of_force_indicator", "subject_veteran_indicator", "cit_officer_requested", "cit_officer_dispatched"),
    *("cit_officer_arrived", "cit_certified_indicator"),
}
AS_PRINTED = {"template_id", "reported_time", "officer_id"}
# Of these a rewording is never learnt.
AS_IT_STANDS = {
    *("template_id", "reported_date", "reported_time", "occured_date_time"),
    *("officer_year_of_birth", "officer_years_of_experience"),
}


# --- The rule in plain Python ---


def meaning(field: str, printed: str | None) -> str:
    """What a printed value means; '' for nothing."""
    text = re.sub("[ \t\r\n\u0001\u00a0]+", " ", printed or "").strip(" ")
    if text in ("", "-") or text.upper() == "FK ERROR" or text.startswith("1900-01-01"):
        return ""
    if field in AS_PRINTED:
        return text
    if field == "occured_date_time":
        return re.sub("[.]0+$", "", text)
    if field == "reported_date":
        return text[:10] if re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ][\d:.]*)?", text) else text
    if field == "officer_year_of_birth":
        return "" if text == "1900" else text[:4] if re.match(r"\d{4}", text) else text
    if field == "officer_years_of_experience":
        number = str(int(text)) if re.fullmatch(r"-?\d+", text) else text
        return "" if number == "-1" else number
    words = text.upper().replace(" /", "/").replace("/ ", "/")
    if field in INDICATORS:
        answers = {**dict.fromkeys(("Y", "YES", "1", "TRUE"), "1"), **dict.fromkeys(("N", "NO", "0", "FALSE"), "0")}
        return answers.get(text.upper(), "" if text.upper() == "UNKNOWN" else text.upper())
    prefix = {"initial_call_type": "^(OBS|TRU)( -)? ", "final_call_type": "^-[- ]*"}.get(field)
    return re.sub(prefix, "", words) if prefix else words


def by_template(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows in the order of their ids."""
    templates: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["record_id"]):
        templates[meaning("template_id", row["template_id"])].append(row)
    return templates


def absent(old: list[Row], new: list[Row], field: str) -> bool:
    """Whether one snapshot has no value of a field, and the other has enough."""
    none, some = sorted(sum(meaning(field, row[field]) != "" for row in rows) for rows in (old, new))
    return none == 0 and some >= 30


def rewording(old: list[Row], new: list[Row], field: str) -> dict[str, str]:
    """The new meaning of each old one that the publisher worded otherwise."""
    if field in AS_IT_STANDS:
        return {}
    kept = {row["record_id"] for row in old} & {row["record_id"] for row in new}
    stays = Counter(meaning(field, row[field]) for row in old if row["record_id"] in kept)
    was, is_ = ({meaning(field, row[field]) for row in rows} for rows in (old, new))
    moves: Counter[tuple[str, str]] = Counter()
    now = by_template(row for row in new if row["record_id"] not in kept)
    for template, rows in by_template(row for row in old if row["record_id"] not in kept).items():
        values = [{meaning(field, row[field]) for row in side} for side in (rows, now[template])]
        if len(values[0]) == len(values[1]) == 1:
            moves[values[0].pop(), values[1].pop()] += 1
    n_changed = sum(n for (from_, to), n in moves.items() if from_ != to)
    column = n_changed >= 30 and n_changed >= 0.9 * (moves.total() + stays.total())
    found = {}
    for (from_, to), n in moves.items():
        of_old = sum(m for (other, _), m in moves.items() if other == from_) + stays[from_]
        of_new = sum(m for (_, other), m in moves.items() if other == to)
        nearly_all = n >= 30 and n >= 0.9 * of_old
        exchange = n >= 5 and n == of_old == of_new and from_ not in is_ and to not in was and "" not in (from_, to)
        if from_ != to and (nearly_all or exchange or (column and 2 * n > of_old)):
            found[from_] = to
    return found


def with_meanings(old: list[Row], new: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows with what they mean, the old ones in the words of the new."""
    words = {field: rewording(old, new, field) for field in FIELDS}
    none = {field for field in FIELDS if absent(old, new, field)}

    def meant(row: Row, words: Mapping[str, Mapping[str, str]]) -> Row:
        values = {field: meaning(field, row[field]) for field in FIELDS if field not in none}
        return row | {"meant": {f: words.get(f, {}).get(value, value) for f, value in values.items()}}

    return [meant(row, words) for row in old], [meant(row, {}) for row in new]


def meanings(row: Row) -> tuple[str, ...]:
    return tuple(row["meant"].get(field, "") for field in FIELDS)


def without_equals(old: list[Row], new: list[Row], key: Callable[[Row], object]) -> tuple[list[Row], list[Row]]:
    """What remains when rows of the same key cancel, one by one, the first first."""
    in_new, in_old = Counter(map(key, new)), Counter(map(key, old))
    return _beyond(old, in_new, key), _beyond(new, in_old, key)


def _beyond(rows: list[Row], cancelling: Counter[object], key: Callable[[Row], object]) -> list[Row]:
    left, kept = Counter(cancelling), []
    for row in rows:
        if left[key(row)]:
            left[key(row)] -= 1
        else:
            kept.append(row)
    return kept


def pairs(old: list[Row], new: list[Row]) -> list[tuple[Row, Row]]:
    """First those of the same disposition, then the rest, each in the order of all fields."""
    old, new = (sorted(rows, key=lambda row: (meanings(row)[1:], row["record_id"])) for rows in (old, new))
    found: list[tuple[Row, Row]] = []
    for row in list(old):
        same = [other for other in new if meanings(other)[7] == meanings(row)[7]]
        if same:
            found.append((row, same[0]))
            old.remove(row)
            new.remove(same[0])
    return found + list(zip(old, new, strict=True))


def revisions(before: pa.Table, after: pa.Table) -> Counter[Change]:
    found: Counter[Change] = Counter()
    earlier, later = with_meanings(before.to_pylist(), after.to_pylist())
    now = by_template(later)
    for template, rows in by_template(earlier).items():
        old, new = without_equals(rows, now[template], lambda row: row["record_id"])
        old, new = without_equals(old, new, lambda row: meanings(row)[1:])
        if len(old) != len(new):
            found.update((row["template_id"], row["disposition"], "removed", None, None, None) for row in old)
            found.update((row["template_id"], row["disposition"], "added", None, None, None) for row in new)
            continue
        for was, is_ in pairs(old, new):
            found.update(
                (was["template_id"], was["disposition"], "changed", field, was[field], is_[field])
                for field in FIELDS[1:]
                if was["meant"].get(field) != is_["meant"].get(field)
            )
    return found


# --- Both on small snapshots of every kind ---

VALUES: dict[str, list[str | None]] = {
    "template_id": ["1", "2", "3", "4", "5", "6", "7", " 2\u00a0", None, "-", "FK ERROR"],
    "disposition": ["Shelter", "SHELTER ", "Detox / Rehab", "Detox/Rehab", "detox", "-", None],
    "reported_date": ["2016-09-09", "2016-09-09T00:00:00", "2016-09-10", "1900-01-01", None, "soon"],
    "use_of_force_indicator": ["Y", "yes", "1", "N", "Unknown", "-", "maybe"],
    "cit_certified_indicator": ["Y", "N", None],
    "officer_id": ["7497  ", "7497", "7498"],
    "officer_race": ["White", "WHITE", "a|", "|.a", None],
    "officer_year_of_birth": ["1982", "1982-12-31T00:00:00", "1983", "1900", "1900-01-01T00:00:00", None],
    "officer_years_of_experience": ["5", "05", "6", "-1", None, "5.0", "99999999999999999999"],
    "final_call_type": ["--THEFT", "THEFT", "- theft", "--", None],
    "officer_squad_desc": ["|", "a", "", None],
    "beat": ["K3    ", "K3", "k3", "K2"],
    "reported_time": ["14:30:00", "14", "-"],
    "occured_date_time": ["2016-03-01T13:05:10.000", "2016-03-01T13:05:10", "1900-01-01T00:00:00.000", None],
    "call_type": ["911", " 911", "Onview", "ONVIEW", None],
    "initial_call_type": ["FIGHT - JO", "OBS - FIGHT - JO", "OBS FIGHT - JO", "TRU - FIGHT - JO", "OBSTRUCTION"],
    "precinct": ["SOUTHWEST", "SouthWest", "FK ERROR", "-"],
}
any_record = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})
# Few values, so that records are equal, or mean the same, or share a disposition.
LIKE = {
    "template_id": ["1", "2", " 2\u00a0"],
    "disposition": ["Shelter", "SHELTER ", "Detox", None],
    "beat": ["K3", "k3 ", "K2", "-"],
}
like_record = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in LIKE.items()})
some_rows = st.lists(like_record | like_record | any_record, min_size=1, max_size=16)


@st.composite
def two_snapshots(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """A snapshot, and one that is made of it: rows dropped, doubled, changed in a field, and new ones."""
    before = draw(some_rows)
    after: list[Row] = []
    for row in before:
        kept = [dict(row)] * draw(st.sampled_from([1, 1, 1, 0, 2]))
        for copy in kept:
            changed = draw(st.lists(st.sampled_from(["beat", "disposition", *VALUES]), max_size=2))
            after.append(copy | {name: draw(st.sampled_from(VALUES[name])) for name in changed})
    return before, draw(st.permutations(after + draw(st.lists(any_record, max_size=2))))


def changes(found: list[Row]) -> Counter[Change]:
    return Counter(tuple(row[name] for name in CHANGE) for row in found)


def snapshot(rows: Iterable[Row]) -> pa.Table:
    return received([record(**row) for row in rows])


TWINS = [{"template_id": "1", "officer_race": "White"}] * 2
# With the character that separates the fields of the pairing key these would read alike.
GLUED = [{"officer_gender": "A\u0001B", "officer_race": "C"}]
# A separator above the blank would put the first of them behind the second.
PREFIXES = [{"reported_time": "1", "beat": "K1"}, {"reported_time": "1 a", "beat": "K2"}]


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(snapshots=two_snapshots())
@example(snapshots=(TWINS, [*TWINS, *TWINS]))
@example(snapshots=([{"template_id": None}], [{"template_id": "-"}, {"template_id": "-", "disposition": "Detox"}]))
@example(snapshots=(GLUED, [{"officer_gender": "A", "officer_race": "B\u0001C"}, {"disposition": "Detox"}]))
@example(snapshots=(PREFIXES, [PREFIXES[0] | {"reported_time": "2"}, PREFIXES[1] | {"reported_time": "3"}]))
@example(snapshots=([{"beat": "K3"}, {"beat": "k3"}], [{"beat": "K3  "}]))
@example(snapshots=([{"beat": "K1"}, {"beat": "K2"}], [{"beat": "K4"}, {"beat": "K5"}]))
def test_what_is_found_is_what_the_rule_says(
    snapshots: tuple[list[Row], list[Row]], database: duckdb.DuckDBPyConnection
) -> None:
    before, after = map(snapshot, snapshots)
    found, _ = compared(database, before, after)
    assert changes(found) == revisions(before, after)


def test_every_value_means_what_the_rule_says(database: duckdb.DuckDBPyConnection) -> None:
    """Each value of each field becomes each other one, in a template of its own."""
    both = [
        (record(template_id=f"{field}-{i}-{j}", **{field: was}), record(template_id=f"{field}-{i}-{j}", **{field: is_}))
        for field, values in VALUES.items()
        if field != "template_id"
        for i, was in enumerate(values)
        for j, is_ in enumerate(values)
    ]
    before, after = (received([pair[side] for pair in both]) for side in (0, 1))
    found, _ = compared(database, before, after)
    assert changes(found) == revisions(before, after)


# --- Each rule by itself ---


SHELTER, DETOX, OTHER = "Shelter", "Detox", "Other"


def of(template: str, disposition: str, **changed: str | None) -> Row:
    return {"template_id": template, "disposition": disposition, **changed}


# Each with templates of its own, so that one comparison serves all.
RULES: dict[str, tuple[list[Row], list[Row], list[Change]]] = {
    "a new template is none": ([of("1", SHELTER)], [of("1", SHELTER), of("1-new", DETOX)], []),
    "a record added to a known template": (
        [of("2", SHELTER)],
        [of("2", SHELTER), of("2", DETOX)],
        [("2", DETOX, "added", None)],
    ),
    "a template that vanishes": (
        [of("3", SHELTER), of("3", DETOX)],
        [],
        [("3", DETOX, "removed", None), ("3", SHELTER, "removed", None)],
    ),
    "pairs by disposition": (
        [of("4", SHELTER), of("4", DETOX)],
        [of("4", DETOX, beat="K1"), of("4", SHELTER, beat="K1")],
        [("4", DETOX, "changed", "beat"), ("4", SHELTER, "changed", "beat")],
    ),
    "another disposition for what is left": (
        [of("5", SHELTER), of("5", DETOX)],
        [of("5", "Unable to Contact"), of("5", SHELTER, beat="K1")],
        [("5", DETOX, "changed", "disposition"), ("5", SHELTER, "changed", "beat")],
    ),
    "unequally many are removed and added": (
        [of("6", SHELTER), of("6", DETOX)],
        [of("6", OTHER)],
        [("6", OTHER, "added", None), ("6", DETOX, "removed", None), ("6", SHELTER, "removed", None)],
    ),
    "one of three equal records": (
        [of("7", SHELTER)] * 3,
        [of("7", SHELTER)] * 2,
        [("7", SHELTER, "removed", None)],
    ),
    "a respelling": (
        [of("8", SHELTER, precinct="NORTH", beat="K3", cit_certified_indicator="Yes")],
        [of("8 ", " SHELTER", precinct="North", beat="K3    ", cit_certified_indicator="Y")],
        [],
    ),
    "nothing in other words": ([of("9", SHELTER, sector=None)], [of("9", SHELTER, sector="-")], []),
    "no template is a template": (
        [of("-", SHELTER)],
        [of("-", SHELTER, template_id=None), of("-", DETOX, template_id=None)],
        [(None, DETOX, "added", None)],
    ),
}


@pytest.fixture(scope="module")
def by_the_rules(database: duckdb.DuckDBPyConnection) -> list[Change]:
    before, after = ([row for rule in RULES.values() for row in rule[side]] for side in (0, 1))
    lines, _ = compared(database, snapshot(before), snapshot(after))  # type: ignore[arg-type]
    return [tuple(row[name] for name in CHANGE[:4]) for row in lines]


@pytest.mark.parametrize("rule", RULES)
def test_rule(rule: str, by_the_rules: list[Change]) -> None:
    before, after, expected = RULES[rule]
    templates = {row["template_id"] for row in (*before, *after)}
    found = [change for change in by_the_rules if change[0] in templates]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_lines_say_between_what_and_how_old(database: duckdb.DuckDBPyConnection) -> None:
    before, after = (
        snapshot([of("1", SHELTER), of("2", DETOX)]),
        snapshot([of("1", SHELTER, beat="K1"), of("2", DETOX)]),
    )
    [line], _ = compared(database, before, after)
    assert line["record_id"] == before["record_id"][0].as_py()
    assert (line["sequence"], line["line"]) == (2, 1)
    assert (line["old_value"], line["new_value"]) == ("K3", "K1")
    assert (line["from_snapshot"], line["to_snapshot"]) == ("a" * 64, "b" * 64)
    assert (line["seen_at"].date(), line["reported_date"]) == (AS_OF, date(2016, 3, 2))


def test_a_respelling_of_a_column_is_counted_by_field(database: duckdb.DuckDBPyConnection) -> None:
    rows = [of(str(number), SHELTER, precinct="NORTH") for number in range(5)]
    respelled = [row | {"precinct": "North"} for row in rows]
    # Padding is no spelling: it is gone from canonical text.
    respelled[0] |= {"template_id": "0 "}
    lines, fields = compared(database, snapshot(rows), snapshot([*respelled[:4], rows[4], of("9", OTHER)]))
    assert lines == []
    expected = dict.fromkeys(FIELDS, 0) | {"precinct": 4}
    assert {row["field"]: row["n_respelled"] for row in fields} == expected
    assert {row["n_records"] for row in fields} == {6}


# --- A change of coding ---


def city(n: int, **printed: Callable[[int], str | None]) -> list[Row]:
    return [of(str(1000 + i), SHELTER, **{name: value(i) for name, value in printed.items()}) for i in range(n)]


def badge(number: int) -> str:
    return str(7000 + number)


def test_renumbered_officers_and_a_reworded_label_are_a_coding_not_revisions(
    database: duckdb.DuckDBPyConnection,
) -> None:
    before = city(60, officer_id=lambda i: str(i % 20), call_type=lambda i: "A or B" if i < 40 else "C")
    after = city(60, officer_id=lambda i: badge(i % 20), call_type=lambda i: "A / B" if i < 40 else "C")
    after[7] |= {"officer_race": "Asian", "officer_id": badge(3)}
    # Too rare to tell a new word from another label.
    for rare in range(56, 60):
        before[rare] |= {"call_type": "D"}
        after[rare] |= {"call_type": "E"}
    lines, fields = compared(database, snapshot(before), snapshot(after))
    assert [(row["template_id"], row["field"], row["old_value"], row["new_value"]) for row in lines] == [
        ("1007", "officer_id", "7", badge(3)),
        ("1007", "officer_race", "White", "Asian"),
        *((str(1000 + rare), "call_type", "D", "E") for rare in range(56, 60)),
    ]
    respelled = {row["field"]: row["n_respelled"] for row in fields if row["n_respelled"]}
    assert respelled == {"officer_id": 59, "call_type": 40}


def test_what_is_no_coding_is_revised(database: duckdb.DuckDBPyConnection) -> None:
    """A column of which a part goes another way, a number and a time."""
    before = city(
        60, call_type=lambda i: "A", officer_years_of_experience=lambda i: "5", reported_time=lambda i: "14:30:00"
    )
    after = city(
        60,
        call_type=lambda i: "B" if i < 50 else "A",
        officer_years_of_experience=lambda i: "6",
        reported_time=lambda i: "14",
    )
    lines, _ = compared(database, snapshot(before), snapshot(after))
    assert Counter(row["field"] for row in lines) == {
        "call_type": 50,
        "officer_years_of_experience": 60,
        "reported_time": 60,
    }


def test_too_few_records_tell_no_coding(database: duckdb.DuckDBPyConnection) -> None:
    lines, _ = compared(database, snapshot(city(29, officer_id=str)), snapshot(city(29, officer_id=badge)))
    assert Counter(row["field"] for row in lines) == {"officer_id": 29}


LABELS = tuple(sorted(set(FIELDS) - AS_IT_STANDS - {"officer_id", "disposition"} - INDICATORS))
# What differs by what folding sees, or is another field's matter, is not a label of its own.
words = st.text("ABCDEFG", min_size=3, max_size=6)


@st.composite
def relabelled(draw: st.DrawFn) -> tuple[str, list[Row], dict[str, str], dict[int, str]]:
    """A column of labels, what each becomes, and the records in which it becomes something else."""
    field = draw(st.sampled_from(LABELS))
    old = draw(st.lists(words, min_size=2, max_size=4, unique=True))
    new = draw(st.lists(words.filter(lambda word: word not in old), min_size=len(old), max_size=len(old), unique=True))
    n = 60 * len(old)
    rows = city(n, **{field: lambda i: old[i % len(old)]})
    # Some labels stay: then most records are equal to the letter.
    renamed = {was: is_ for was, is_ in zip(old, new, strict=True) if draw(st.booleans())}
    odd = draw(st.dictionaries(st.integers(0, n - 1), st.sampled_from([*old, *new]), max_size=4))
    return field, rows, renamed, odd


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(night=relabelled())
def test_a_renaming_is_a_respelling_and_sparse_changes_beside_it_are_changes(
    night: tuple[str, list[Row], dict[str, str], dict[int, str]], database: duckdb.DuckDBPyConnection
) -> None:
    field, rows, renamed, odd = night
    after = [row | {field: renamed.get(row[field], row[field])} for row in rows]
    changed = {i: label for i, label in odd.items() if label != after[i][field] and label != rows[i][field]}
    for i, label in changed.items():
        after[i] |= {field: label}
    before, now = snapshot(rows), snapshot(after)
    lines, fields = compared(database, before, now)
    expected = Counter((rows[i]["template_id"], field, rows[i][field], label) for i, label in changed.items())
    assert Counter(tuple(line[name] for name in (CHANGE[0], *CHANGE[3:])) for line in lines) == expected
    assert changes(lines) == revisions(before, now)
    n_renamed = sum(row[field] in renamed for i, row in enumerate(rows) if i not in changed)
    assert {row["field"]: row["n_respelled"] for row in fields if row["n_respelled"]} == (
        {field: n_renamed} if n_renamed else {}
    )


def test_a_label_that_some_records_keep_was_changed_in_the_others(database: duckdb.DuckDBPyConnection) -> None:
    """A White of before who declined to answer is a change, however many do."""
    before = city(400, officer_race=lambda i: "White" if i < 300 else "Asian")
    after = city(400, officer_race=lambda i: ("Declined to Answer" if i < 200 else "White") if i < 300 else "Asian")
    lines, _ = compared(database, snapshot(before), snapshot(after))
    assert Counter(row["field"] for row in lines) == {"officer_race": 200}


@pytest.mark.parametrize(("n", "to", "n_changed"), [(5, "Pacific", 0), (4, "Pacific", 4), (5, "White", 5)])
def test_a_rare_label_is_renamed_if_all_its_records_exchange_it_for_a_new_one(
    n: int, to: str, n_changed: int, database: duckdb.DuckDBPyConnection
) -> None:
    before = city(100, officer_race=lambda i: "Hawaiian" if i < n else "White")
    after = city(100, officer_race=lambda i: to if i < n else "White")
    lines, _ = compared(database, snapshot(before), snapshot(after))
    assert len(lines) == n_changed


def test_a_field_that_one_snapshot_lacks_is_no_revision_and_is_counted(database: duckdb.DuckDBPyConnection) -> None:
    present = city(40, reported_time=lambda i: "14:30:00", cit_officer_requested=lambda i: "Y" if i % 2 else "N")
    absent = [row | {"reported_time": None, "cit_officer_requested": "-"} for row in present]
    absent[3] |= {"beat": "K1"}
    for before, after in ((present, absent), (absent, present)):
        lines, fields = compared(database, snapshot(before), snapshot(after))
        assert [(line["template_id"], line["field"]) for line in lines] == [("1003", "beat")]
        found = {row["field"]: row["n_absent"] for row in fields if row["n_absent"]}
        assert found == {"reported_time": 40, "cit_officer_requested": 40}
        assert not any(row["n_respelled"] for row in fields)


def test_a_field_of_which_a_value_is_left_was_changed(database: duckdb.DuckDBPyConnection) -> None:
    before = city(40, reported_time=lambda i: "14:30:00")
    after = city(40, reported_time=lambda i: None if i else "14:30:00")
    lines, _ = compared(database, snapshot(before), snapshot(after))
    assert Counter(row["field"] for row in lines) == {"reported_time": 39}


# --- One row per template, accepted ---


def test_a_city_that_prints_one_row_per_template_revised_what_it_revised_besides(
    database: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The last row of each template is kept; beside that the publisher is as busy as ever."""
    first, collapsed = date(2026, 3, 1), date(2026, 3, 20)

    def source(day: date) -> DemoSource:
        several = CityParameters(coding="2020")
        return DemoSource(7, 3_000, day, several, Publisher(changes_per_day=3, changes_from=first))

    def snapshot_of(day: date) -> list[Row]:
        folder = tmp_path_factory.mktemp("city")
        return pq.read_table(source(day).fetch(folder).records).sort_by("record_id").to_pylist()  # type: ignore[no-any-return]

    before = snapshot_of(first)
    after = list({row["template_id"] or row["record_id"]: row for row in snapshot_of(collapsed)}.values())
    n_before = Counter(row["template_id"] for row in before)
    there = {row["template_id"] for row in after}
    lines, [row, *_] = compared(database, pa.Table.from_pylist(before), pa.Table.from_pylist(after), collapsed, True)
    assert row["n_collapsed"] == sum(n - 1 for template, n in n_before.items() if template and template in there)
    assert row["n_collapsed"] > 500
    made = source(collapsed).revisions(first, collapsed)
    of_templates = {line["template_id"] for line in lines if line["template_id"]}
    assert of_templates <= set(made["template_id"])
    withdrawn = {template for template in n_before if template and template not in there}
    assert {line["template_id"] for line in lines if line["change"] == "removed" and line["template_id"]} == withdrawn


def test_an_accepted_collapse_is_counted_and_not_removed_record_by_record(database: duckdb.DuckDBPyConnection) -> None:
    before = [of(str(i), label) for i in range(40) for label in (SHELTER, DETOX, OTHER)[: 1 + i % 3]]
    after = [of(str(i), (SHELTER, DETOX, OTHER)[: 1 + i % 3][-1]) for i in range(40)]
    after[1] |= {"beat": "K1"}
    after[2] |= {"disposition": "Chronic"}
    # Gone altogether, and still several: what happened there happened to records.
    del after[39]
    before += [of("41", label) for label in (SHELTER, DETOX, OTHER)]
    after += [of("41", label) for label in (SHELTER, DETOX)]
    by_acceptance = {}
    for accepted in (True, False):
        lines, fields = compared(database, snapshot(before), snapshot(after), rows_accepted=accepted)
        by_acceptance[accepted] = [(line["template_id"], line["change"], line["field"]) for line in lines]
        gone = sum(1 + i % 3 - 1 for i in range(39)) if accepted else 0
        assert {row["n_collapsed"] for row in fields} == {gone}
    assert by_acceptance[True] == [
        ("1", "changed", "beat"),
        ("2", "changed", "disposition"),
        ("39", "removed", None),
        ("41", "removed", None),
    ]
    assert len(by_acceptance[False]) > 39


def test_revisions_of_a_city_are_exact_across_a_change_of_coding(
    database: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first, recoded = date(2026, 3, 1), date(2026, 3, 4)
    publisher = Publisher(changes_per_day=6, changes_from=first, recoded_on=recoded)

    def source(day: date) -> DemoSource:
        return DemoSource(7, 2_500, day, CityParameters(coding="2018"), publisher)

    def fetched(day: date) -> pa.Table:
        import pyarrow.parquet as pq

        return pq.read_table(source(day).fetch(tmp_path_factory.mktemp("snapshot")).records)

    for day in (recoded - timedelta(days=1), recoded):
        yesterday = day - timedelta(days=1)
        lines, fields = compared(database, fetched(yesterday), fetched(day), day)
        expected = source(day).revisions(yesterday, day)[list(CHANGE)]
        assert changes(lines) == Counter(expected.itertuples(index=False, name=None))
        assert lines
        respelled = beyond_form(source(day).respellings(yesterday, day).to_dict("records"))
        assert {row["field"]: row["n_respelled"] for row in fields if row["n_respelled"]} == respelled
        assert bool(respelled) == (day == recoded)


def test_the_ids_are_those_of_a_snapshot(tmp_path: Any) -> None:
    """The tests number equal records as the platform does."""
    rows = received([record(), record(), record(beat="K1")])
    kept = canonical_snapshot(
        rows.drop_columns(["record_id"]), tmp_path, source="file", location="rows", licence="", retrieved_at=""
    )
    assert kept.n_records == 3
    assert sorted(name.partition("-")[2] for name in rows["record_id"].to_pylist()) == ["1", "1", "2"]
