"""The platform's SQL in the words of Spark: transpiled, and what the two engines mean differently made the same.

DuckDB decides what a statement means. It folds letters one by one (Spark makes SS of a sharp s), knows one end of a
line in a regular expression (Java knows six, and lets `$` stand before the last), and names tables by their schema (a
view of Spark's session has none).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from cit_platform.confined import confine

if TYPE_CHECKING:
    from sqlglot import exp

# By the type of a bound value; a timestamp comes before the date that it is too, a boolean before the number.
BOUND_TYPES: Mapping[type, str] = {
    bool: "boolean",
    int: "bigint",
    float: "double",
    datetime: "timestamp_ntz",
    date: "date",
    str: "string",
    type(None): "string",
}
# What has as many bytes as characters is ASCII.
LETTERS, CAPITALS = "cit_letters", "cit_capitals"
UPPER = f"if(octet_length(text) = char_length(text), upper(text), translate(text, :{LETTERS}, :{CAPITALS}))"
# A pattern that is no literal: of the codebook, or of a check.
JAVA_PATTERN = r"""
concat('(?d)', if(endswith(pattern, '$'), concat(left(pattern, char_length(pattern) - 1), '\\z'), pattern))
"""


def view_name(relation: str) -> str:
    """The name of `schema.table` in Spark's session."""
    return relation.replace(".", "__")


def bound_types(parameters: Mapping[str, object]) -> dict[str, str]:
    """The type of each bound value, as Spark calls it."""
    return {name: _bound_type(value) for name, value in parameters.items()}


def _bound_type(value: object) -> str:
    return next(BOUND_TYPES[kind] for kind in type(value).__mro__ if kind in BOUND_TYPES)


def bound_values(sql: str, parameters: Mapping[str, object]) -> dict[str, str | None]:
    """The values that a statement of Spark's names, as text, which it casts itself."""
    named = set(re.findall(r":(\w+)", sql))
    known = {**parameters, **dict(zip((LETTERS, CAPITALS), capitals(), strict=True))}
    return {name: None if known[name] is None else str(known[name]) for name in named & known.keys()}


@cache
def capitals() -> tuple[str, str]:
    """Every letter that DuckDB has another capital for, and these capitals in the same order."""
    import duckdb

    # Surrogates are no characters.
    points = "select unnest(range(1, 55296) || range(57344, 1114112)) as point"
    pairs = f"select chr(point::int) as letter, upper(chr(point::int)) as capital from ({points}) order by point"
    with duckdb.connect(":memory:") as connection:
        confine(connection)
        changed = connection.execute(f"select * from ({pairs}) where letter <> capital").fetchall()
    return "".join(letter for letter, _ in changed), "".join(capital for _, capital in changed)


@lru_cache(maxsize=512)
def spark_steps(sql: str, types: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """A statement of `transforms/` or of a check as Spark runs it, with its values named `:name`.

    What a statement reads more than once of itself is a step before it, for Spark would put it in each of these places
    and compute it as often: within one another, hundreds of times.

    Args:
        sql: one select statement, as DuckDB runs it.
        types: the name of each bound value, and its type.

    Returns:
        The name and the statement of each step, of which a later one reads the former; the last is the statement.
    """
    import sqlglot
    from sqlglot import ErrorLevel, exp

    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    # What lies inside comes first: what it becomes is part of what is around it.
    for node in reversed(list(tree.find_all(exp.Table, exp.Upper, exp.RegexpLike, exp.RegexpReplace, exp.Placeholder))):
        if isinstance(node, exp.Table):
            _unqualify(node)
        elif isinstance(node, exp.Upper):
            node.replace(_written(UPPER, text=node.this))
        elif isinstance(node, exp.Placeholder):
            node.replace(_written(f"cast(:{node.name} as {dict(types)[node.name]})"))
        else:
            node.set("expression", _of_java(node.expression))
    return tuple(
        (name, step.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE, comments=False))
        for name, step in _steps(tree)
    )


def _steps(tree: "exp.Query") -> "Iterator[tuple[str, exp.Query]]":
    """The parts of a statement that it reads more than once, each with what it needs of the others; then the rest."""
    from sqlglot import exp

    read = Counter(table.name for table in tree.find_all(exp.Table))
    kept: list[exp.CTE] = []
    for part in tree.ctes:
        if read[part.alias] > 1:
            yield part.alias, _with(part.this, kept)
        else:
            kept.append(part)
    tree.set("with_", None)
    yield "", _with(tree, kept)


def _with(select: "exp.Query", parts: "Sequence[exp.CTE]") -> "exp.Query":
    from sqlglot import exp

    whole = select.copy()
    if parts:
        whole.set("with_", exp.With(expressions=[part.copy() for part in parts]))
    return whole


def _unqualify(table: "exp.Table") -> None:
    """Name a table of the lake as in the session; columns go on to be qualified by its own name."""
    from sqlglot import exp

    if not table.db:
        return
    if not table.alias and not table.args.get("pivots"):
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier(view_name(f"{table.db}.{table.name}")))
    table.set("db", None)


def _of_java(pattern: "exp.Expression") -> "exp.Expression":
    """A regular expression in which a line ends at a line feed alone, and the last `$` at the end of the text."""
    from sqlglot import exp

    if not pattern.is_string:
        return _written(JAVA_PATTERN, pattern=pattern)
    text = pattern.name
    return exp.Literal.string("(?d)" + (text[:-1] + r"\z" if text.endswith("$") else text))


def _written(sql: str, **parts: "exp.Expression") -> "exp.Expression":
    """An expression in Spark's words, with its parts in the places of the columns of their names."""
    import sqlglot
    from sqlglot import exp

    written = sqlglot.parse_one(sql, read="spark")
    return written.transform(
        lambda node: parts[node.name].copy() if isinstance(node, exp.Column) and node.name in parts else node
    )
