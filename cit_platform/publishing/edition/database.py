"""The public `cit.duckdb` of an edition: all models and quality tables, and contacts without private columns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.confined import confine
from cit_platform.contracts import TABLES, Table
from cit_platform.storage.files import copy_without_zeros

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

CONTACTS, RECORDS = "features/contacts", "features/records"
FEATURES = (CONTACTS, RECORDS)
# In bytes: a fourth of DuckDB's own, for there are many small tables; with smaller ones yet contacts would grow.
BLOCK_SIZE = "65536"
_CONTACT_COMMENT = (
    "Number of the contact inside this edition, missing where the person was not met; another edition numbers anew."
)
_OTHERS = "features.other_records"
_OTHERS_MEANING = (
    "Records of contacts with several, and of nobody met. All records are in features.records, a view: the only record "
    "of a contact is told by its row in features.contacts."
)
# Records that belong to no contact though no record of their template says that nobody was met.
_LOST = """
select count(*) from records_in r
where r.contact_id not in (select contact_id from numbered)
    and r.contact_id not in (select contact_id from records_in where disposition_group = 'no_contact')
"""


def write_database(
    path: Path, tables: Mapping[str, pa.Table], features: Mapping[str, Sequence[Path]]
) -> dict[str, tuple[int, str]]:
    """Write the public database and give rows and content hash (sha256) of each features table.

    Contacts are numbered by their public columns and those of their records, never by identifier: two contacts that
    look the same in public are interchangeable, so the number says nothing that the row does not say.

    Args:
        path: File to write; it must not exist.
        tables: Public tables by path, e.g. `models/estimates`.
        features: Parquet files of `features/contacts` and `features/records`.

    Raises:
        ValueError: A record's contact is not among the contacts.
    """
    import duckdb

    with duckdb.connect(str(path), config={"default_block_size": BLOCK_SIZE}) as connection:
        confine(connection, chain.from_iterable(features.values()), [path.parent])
        # One transaction: each commit would wait for the disk, and there are hundreds of statements.
        connection.begin()
        for table_path, table in tables.items():
            _store(connection, TABLES[table_path], table)
        _number_contacts(connection, features)
        _store_features(connection)
        connection.commit()
        found = {name: _rows_and_hash(connection, TABLES[name], path.parent) for name in FEATURES}
    # A table of four rows takes a whole block, most of which is zeros.
    lean = path.with_name(f".{path.name}")
    copy_without_zeros(path, lean)
    lean.replace(path)
    return found


def _store(connection: duckdb.DuckDBPyConnection, contract: Table, table: pa.Table) -> None:
    connection.execute(f"create schema if not exists {contract.schema}")
    connection.register("incoming", table)
    connection.execute(f"create table {contract.relation} as select * from incoming")
    connection.unregister("incoming")
    _describe(connection, contract)


def _number_contacts(connection: duckdb.DuckDBPyConnection, features: Mapping[str, Sequence[Path]]) -> None:
    # Temporary relations live in memory only: no identifier reaches the file, not even a freed block of it.
    for name, relation in ((CONTACTS, "contacts_in"), (RECORDS, "records_in")):
        connection.read_parquet([str(file) for file in features[name]]).create_view(relation)
    record = " || '|' || ".join(f"coalesce(cast({name} as varchar), '')" for name in TABLES[RECORDS].public_columns)
    columns = ", ".join(f"c.{name} nulls first" for name in TABLES[CONTACTS].public_columns)
    connection.execute(
        f"""
        create temp table numbered as
        with looks as (
            select contact_id, string_agg(record, chr(10) order by record) as records
            from (select contact_id, {record} as record from records_in)
            group by contact_id
        )
        select c.*, row_number() over (order by {columns}, l.records nulls first) as contact
        from contacts_in c left join looks l using (contact_id)
        """
    )


def _store_features(connection: duckdb.DuckDBPyConnection) -> None:
    contacts = ", ".join(TABLES[CONTACTS].public_columns)
    connection.execute("create schema if not exists features")
    connection.execute(f"create table features.contacts as select contact, {contacts} from numbered order by contact")
    _store_records(connection)
    (lost,) = connection.execute(_LOST).fetchall()[0]
    connection.execute("drop view records_in; drop view contacts_in; drop table numbered")
    if lost:
        raise ValueError(f"features/records holds {lost} records whose contact features/contacts lacks")
    for name in FEATURES:
        _describe(connection, TABLES[name])
        connection.execute(f"comment on column {TABLES[name].relation}.contact is '{_CONTACT_COMMENT}'")
    connection.execute(f"comment on table {_OTHERS} is {_quoted(_OTHERS_MEANING)}")


def _store_records(connection: duckdb.DuckDBPyConnection) -> None:
    """All records as a view: the one record of a contact says what its row says already, and is not stored again."""
    names = ["contact", *TABLES[RECORDS].public_columns]
    shared = [name for name in names if name in ("contact", *TABLES[CONTACTS].public_columns)]
    if shared != names:
        raise ValueError(f"features/contacts lacks columns of features/records: {set(names) - set(shared)}")
    columns, order = ", ".join(names), ", ".join(f"{name} nulls first" for name in names[1:])
    alike = " and ".join(f"r.{name} is not distinct from n.{name}" for name in names[1:])
    connection.execute(
        f"""
        create temp table of_contacts as
        select {", ".join(f"r.{name}" for name in names[1:])}, n.contact, n.n_records = 1 and {alike} as is_the_contact
        from records_in r left join numbered n using (contact_id);
        create table {_OTHERS} as
        select {columns} from of_contacts where is_the_contact is not true order by contact nulls last, {order};
        create view {TABLES[RECORDS].relation} as
        select {columns} from features.contacts where n_records = 1
        union all select {columns} from {_OTHERS}
        order by contact nulls last, {order}
        """
    )
    counted = "select count(*) filter (is_the_contact), (select count(*) from numbered where n_records = 1)"
    same, single = connection.execute(f"{counted} from of_contacts").fetchall()[0]
    connection.execute("drop table of_contacts")
    if same != single:
        raise ValueError(f"of {single} contacts with one record {single - same} say other than their record")


def _describe(connection: duckdb.DuckDBPyConnection, contract: Table) -> None:
    # DDL takes no bound values; these texts are the contract's own, not the source's.
    kind = "view" if contract.path == RECORDS else "table"
    connection.execute(f"comment on {kind} {contract.relation} is {_quoted(contract.meaning)}")
    for column in contract.columns:
        if column.public:
            connection.execute(f"comment on column {contract.relation}.{column.name} is {_quoted(column.meaning)}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rows_and_hash(connection: duckdb.DuckDBPyConnection, contract: Table, directory: Path) -> tuple[int, str]:
    printed = directory / f".{contract.name}.csv"
    connection.table(contract.relation).write_csv(str(printed), header=True)
    digest = hashlib.sha256(printed.read_bytes()).hexdigest()
    printed.unlink()
    (rows,) = connection.execute(f"select count(*) from {contract.relation}").fetchall()[0]
    return rows, digest
