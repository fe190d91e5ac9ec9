"""The transforms as the platform's engine runs them: codebook as text, views first, tables cast to their contracts."""

import datetime
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from cit_platform.codebook import codebook_tables
from cit_platform.codebook.agency import agency_of
from cit_platform.codebook.fields import source_fields
from cit_platform.contracts import TABLES
from cit_platform.contracts.raw import SOURCE_FIELDS
from cit_platform.engine.duckdb import SQL_TYPES as TYPES
from cit_platform.sources import canonical
from cit_platform.transforms import VIEWS, read_sql, views_of

FIELDS = tuple(column.name for column in SOURCE_FIELDS)
SCHEMAS = ("raw", "clean", "features", "models", "quality", "session", "codebook")
CLEAN = ("clean/exclusions", "clean/records")
FEATURES = (*CLEAN, "features/officer_levels", "features/records", "features/contacts")
CONTRADICTORY = (*FEATURES, "clean/contradictory", "features/contradictory")
QUALITY = (*FEATURES, "quality/flow", "quality/coverage", "quality/labels", "quality/levels")
AS_OF = datetime.date(2020, 11, 14)

Row = dict[str, Any]
Record = Mapping[str, str | None]

ORDINARY: Row = {
    "template_id": "43653",
    "reported_date": "2016-03-02T00:00:00",
    "reported_time": "14:30:00",
    "occured_date_time": "2016-03-01T13:05:10.000",
    "call_type": "911",
    "initial_call_type": "DISTURBANCE, MISCELLANEOUS/OTHER",
    "final_call_type": "--DISTURBANCE - OTHER",
    "disposition": "Chronic Complaint",
    "use_of_force_indicator": "N",
    "subject_veteran_indicator": "N",
    "cit_officer_requested": "N",
    "cit_officer_dispatched": "Y",
    "cit_officer_arrived": "Y",
    "officer_id": "7497  ",
    "officer_gender": "M",
    "officer_race": "White",
    "officer_year_of_birth": "1982-12-31T00:00:00",
    "officer_years_of_experience": "5",
    "cit_certified_indicator": "N",
    "officer_bureau_desc": "OPERATIONS BUREAU",
    "officer_precinct_desc": "WEST PCT",
    "officer_squad_desc": "WEST PCT 3RD W - DAVID",
    "precinct": "West",
    "sector": "KING",
    "beat": "K3    ",
}


def record(**changes: str | None) -> Row:
    """A record that every rule lets pass, with some fields changed."""
    assert set(changes) <= set(FIELDS)
    return {**ORDINARY, **changes}


class Tables:
    """The tables computed from records, each a list of rows in key order."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, paths: Sequence[str]) -> None:
        self._rows = {path: fetched(connection, f"select * from {path.replace('/', '.')}") for path in paths}

    def __getitem__(self, path: str) -> list[Row]:
        return self._rows[path]

    def only(self, path: str) -> Row:
        """The row of a table that must have one."""
        [row] = self._rows[path]
        return row

    @property
    def rules(self) -> Counter[str]:
        return Counter(row["rule"] for row in self["clean/exclusions"])


def fetched(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def connected() -> duckdb.DuckDBPyConnection:
    """An in-memory database with the codebook of Seattle, and empty tables of what no statement computes."""
    connection = duckdb.connect(config={"threads": 1})
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    for name, table in codebook_tables("seattle").items():
        put(connection, f"codebook.{name}", table)
    for table in (TABLES["models/estimates"], TABLES["raw/revisions"], TABLES["quality/exposure"]):
        columns = ", ".join(f'"{column.name}" {TYPES[column.type]}' for column in table.columns)
        connection.execute(f"create table {table.relation} ({columns})")
    return connection


def put(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("arriving", table)
    connection.execute(f"create or replace table {name} as select * from arriving")
    connection.unregister("arriving")


def computed(
    connection: duckdb.DuckDBPyConnection,
    records: Iterable[Record] | pa.Table,
    paths: Sequence[str] = CLEAN,
    as_of: datetime.date = AS_OF,
) -> Tables:
    """Run the statements of `paths`, in order, over records as printed, or over those of a snapshot."""
    load(connection, records if isinstance(records, pa.Table) else received(list(records)))
    parameters = {"as_of": as_of, "agency": "seattle", **agency_of("seattle").parameters}
    created: set[str] = set()
    for path in paths:
        if path == "features/contradictory":
            create_contradictory_features(connection, parameters)
            continue
        create_views(connection, [view for view in VIEWS.get(path, ()) if view not in created], parameters)
        created |= set(VIEWS.get(path, ()))
        standing = path.rpartition("/")[2] if path == "clean/contradictory" else "clean"
        create_table(connection, path, parameters | {"standing": standing})
    tables = Tables(connection, paths)
    for path in paths:
        keeps_contract(path, tables[path])
    return tables


def create_views(connection: duckdb.DuckDBPyConnection, views: Iterable[str], parameters: Mapping[str, object]) -> None:
    for view in views:
        create(connection, view.replace("/", "."), read_sql(view), parameters)


def create_contradictory_features(connection: duckdb.DuckDBPyConnection, parameters: Mapping[str, object]) -> None:
    """The statement of features/contacts where clean.records holds the contradictory records, as its asset binds it."""
    connection.execute("create or replace table session.kept as select * from clean.records")
    connection.execute("create or replace table clean.records as select * from clean.contradictory")
    create_views(connection, VIEWS["features/contradictory"], parameters)
    create_table(connection, "features/contradictory", parameters)
    connection.execute("create or replace table clean.records as select * from session.kept")
    create_views(connection, VIEWS["features/contradictory"], parameters)


def create_table(connection: duckdb.DuckDBPyConnection, path: str, parameters: Mapping[str, object]) -> None:
    """Cast to the contract and sorted by the key."""
    table = TABLES[path]
    columns = ", ".join(f'cast("{column.name}" as {TYPES[column.type]}) as "{column.name}"' for column in table.columns)
    key = ", ".join(f'"{name}"' for name in table.key)
    create(connection, table.relation, f"select {columns} from ({read_sql(path)}) order by {key}", parameters)


def create(connection: duckdb.DuckDBPyConnection, name: str, sql: str, parameters: Mapping[str, object]) -> None:
    named = {key: value for key, value in parameters.items() if f"${key}" in sql}
    connection.execute(f"create or replace table {name} as {sql}", named)


def received(records: list[Record]) -> pa.Table:
    """Records as raw/records has them: in canonical text, each with its id."""
    rows = in_canonical_text(records)
    seen: Counter[str] = Counter()
    ids = []
    for row in rows:
        digest = hashlib.sha256(repr([row[name] for name in FIELDS]).encode()).hexdigest()[:32]
        seen[digest] += 1
        ids.append(f"{digest}-{seen[digest]}")
    fields = {name: pa.array([row[name] for row in rows], pa.string()) for name in FIELDS}
    return pa.table({"record_id": pa.array(ids, pa.string()), **fields})


def in_canonical_text(records: Sequence[Record]) -> list[Row]:
    """The values as a snapshot has them, each by itself; no column is judged as a whole."""
    columns = {name: pa.array([row.get(name) for row in records], pa.string()) for name in FIELDS}
    fields = source_fields("seattle")
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.from_arrow(pa.table(columns)).create_view("received")
        connection.execute(f"create view folded as {canonical.folded((field, field.name) for field in fields)}")
        connection.execute(f"create view parsed as {canonical.parsed(fields)}")
        connection.execute(f"create temp table examined as {canonical.examined(fields)}")
        values = (f"{canonical.canonical(field)} as {field.name}" for field in fields)
        return fetched(connection, f"select {', '.join(values)} from examined")


def beyond_form(respellings: list[Row]) -> Counter[str]:
    """Respellings by field, without those of form, which canonical text does not show."""
    old, new = (
        in_canonical_text([{row["field"]: row[side]} for row in respellings]) for side in ("old_value", "new_value")
    )
    fields = [row["field"] for row in respellings]
    return Counter(field for field, was, is_ in zip(fields, old, new, strict=True) if was[field] != is_[field])


def compared(
    connection: duckdb.DuckDBPyConnection,
    before: pa.Table,
    after: pa.Table,
    as_of: datetime.date = AS_OF,
    rows_accepted: bool = False,
) -> tuple[list[Row], list[Row]]:
    """What raw/revisions and raw/comparisons find between two snapshots."""
    put(connection, "session.before", before)
    put(connection, "session.after", after)
    parameters = {
        "as_of": as_of,
        **agency_of("seattle").parameters,
        "sequence": 2,
        "from_snapshot": "a" * 64,
        "to_snapshot": "b" * 64,
        "seen_at": datetime.datetime.combine(as_of, datetime.time()),
        "rows_accepted": rows_accepted,
    }
    for name, sql in views_of("raw/revisions").items():
        create(connection, name, sql, parameters)
    found = []
    for path in ("raw/revisions", "raw/comparisons"):
        create_table(connection, path, parameters)
        found.append(fetched(connection, f"select * from {TABLES[path].relation}"))
        keeps_contract(path, found[-1])
    return found[0], found[1]


def load(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    put(connection, "raw.records", rows)
    numbers = sorted(set(rows.column("officer_id").to_pylist()) - {None})
    keys = [hashlib.sha256(b"test" + number.encode()).hexdigest() for number in numbers]
    officers = {"officer_id": pa.array(numbers, pa.string()), "officer_key": pa.array(keys, pa.string())}
    put(connection, "session.officers", pa.table(officers))


def keeps_contract(path: str, rows: list[Row]) -> None:
    """Demand what the contract promises of keys and nulls."""
    table = TABLES[path]
    keys = [tuple(row[name] for name in table.key) for row in rows]
    assert len(set(keys)) == len(keys), f"{path}: keys repeat"
    for column in table.columns:
        nulls = sum(row[column.name] is None for row in rows)
        assert column.nullable or not nulls, f"{path}: {nulls} nulls in {column.name}"
