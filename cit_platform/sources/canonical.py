"""One text for each meaning: the SQL that brings printed values into canonical text, by the kind of their field.

A snapshot is read in steps, each a relation: `folded` (blanks), `parsed` (the parts of dates, times and numbers),
`examined` (what each value says by itself), of which whole columns are judged, and the canonical text. What cannot be
read stays as printed; of births nothing but the year stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cit_platform.codebook.fields import ANSWERS, SourceField

# Number of this canonical form, to be raised with every change of what a value becomes.
FORM = 2

# Kinds that have a day, and kinds that have a time of day.
DATED = ("date", "timestamp")
TIMED = ("time", "timestamp")

_BLANKS = r"[ \t\r\n\x{A0}]+"
_UNFOLDED = r"^ | $|  |[\t\r\n\x{A0}]"
_CLOCK = r"(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:\.\d*)?)?"
# The portal marks local times with a Z at times, and means no zone by it.
_ENDING = r" ?(?:([AaPp])[Mm])?(?:Z|\+00:?00)?"
_TIME = (rf"^(?:{_CLOCK}|(\d{{1,2}})){_ENDING}$", ("hour", "minute", "second", "lone_hour", "half"))
_NUMBER = (r"^(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.0*)?$", ("sign", "digits"))
# Kinds whose prints are known by a pattern; the others are text.
_PRINTED = (*DATED, "time", "birth", "identifier", "officer", "integer")


def _print(field: SourceField) -> tuple[str, tuple[str, ...]]:
    """The pattern of every print of a field that is known, and the names of its parts."""
    match field.kind:
        case "date" | "timestamp":
            return _moment(field.days)
        case "time":
            return _TIME
        case "birth":
            return _birth(field.days)
        case _:
            return _NUMBER


def _moment(days: str) -> tuple[str, tuple[str, ...]]:
    """A day as YYYY-MM-DD or as the agency spells it, with a time or without."""
    first, mark, second = _spelled(days)
    day = rf"(?:(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})|(\d{{1,2}}){mark}(\d{{1,2}}){mark}(\d{{4}}))"
    own = (f"own_{first}", f"own_{second}", "own_year")
    parts = ("year", "month", "day", *own, "hour", "minute", "second", "half")
    return rf"^{day}(?:[T ]{_CLOCK}{_ENDING})?$", parts


def _birth(days: str) -> tuple[str, tuple[str, ...]]:
    """Of a date of birth the year alone, whatever the order of its day and month."""
    mark = _spelled(days)[1]
    own = rf"\d{{1,2}}{mark}\d{{1,2}}{mark}(\d{{4}})(?: .*)?"
    pattern = rf"^(?:(\d{{4}})(?:-\d{{1,2}}-\d{{1,2}}(?:[T ].*)?|\.0*)?|{own}|(\d),(\d{{3}})(?:\.0*)?)$"
    return pattern, ("year", "own_year", "thousand", "rest")


def _spelled(days: str) -> tuple[str, str, str]:
    """What stands first and second in a spelling of days, and the mark between them as a pattern."""
    first, mark, second, _, _ = re.split("([/.-])", days)
    return first, re.escape(mark), second


def folded(columns: Iterable[tuple[SourceField, str | None]]) -> str:
    """SELECT of the fields from `received`, blanks trimmed and reduced to one, nothing as null.

    Args:
        columns: each field with the column that holds it; None where none does.
    """
    return f"select {', '.join(f'{_folded(column)} as {field.name}' for field, column in columns)} from received"


def _folded(column: str | None) -> str:
    if column is None:
        return "cast(null as varchar)"
    quoted = '"' + column.replace('"', '""') + '"'
    text = f"cast({quoted} as varchar)"
    # Few values need folding: they are looked for first, for replacing costs twice as much as looking.
    changed = f"trim(regexp_replace({text}, '{_BLANKS}', ' ', 'g'), ' ')"
    return f"nullif(case when regexp_matches({text}, '{_UNFOLDED}') then {changed} else {text} end, '')"


def parsed(fields: Iterable[SourceField]) -> str:
    """SELECT of everything from `folded` and, for each date, time and number, the parts that it is printed in."""
    parts = [
        f"regexp_extract({field.name}, '{pattern}', {list(names)}) as {_parts(field)}"
        for field in fields
        if field.kind in _PRINTED
        for pattern, names in [_print(field)]
    ]
    return f"select {', '.join(['*', *parts])} from folded"


def examined(fields: Iterable[SourceField]) -> str:
    """SELECT of every field from `parsed`, with what its values say: the columns that the functions below read."""
    columns = []
    for field in fields:
        columns.append(field.name)
        if field.kind in (*_PRINTED, "indicator"):
            columns.append(f"{_read(field)} as {field.name}_read")
        if field.kind in TIMED:
            columns.append(f"{_bare_hour(field)} as {field.name}_hour")
        if field.kind in DATED:
            columns.append(f"{_first_number(field)} as {field.name}_first")
    return f"select {', '.join(columns)} from parsed"


def canonical(field: SourceField, *, hour_is_known: bool = True) -> str:
    """SQL, over `examined`, for the canonical text of a value; what cannot be read stays as printed.

    Args:
        field: the field.
        hour_is_known: whether its hours without AM or PM are those of a clock of 24 hours; else a timestamp is only
            a day, and a time null.
    """
    name = field.name
    if field.kind == "birth":
        return f"case when {name}_read is not null then {name}_read when {is_placeholder(field)} then {name} end"
    if field.kind == "label" and field.means:
        return f"case{_own_words(field)} else {name} end"
    value = f"coalesce({name}_read, {name})" if field.kind in (*_PRINTED, "indicator") else name
    if hour_is_known:
        return value
    day = f"substr({name}_read, 1, 10)" if field.kind == "timestamp" else "null"
    return f"case when {name}_hour is not null then {day} else {value} end"


def is_placeholder(field: SourceField) -> str:
    """SQL for whether a printed or canonical value means no value."""
    return f"upper({field.name}) in ({', '.join(_literal(text) for text in field.placeholders)})"


def is_unread(field: SourceField) -> str:
    """SQL, over `examined`, for whether there is a value that cannot be read; any text is a label."""
    if field.kind not in (*_PRINTED, "indicator"):
        return "false"
    return f"({field.name} is not null and {field.name}_read is null and not {is_placeholder(field)})"


def is_bare_hour(field: SourceField) -> str:
    """SQL, over `examined`, for whether a time of day is printed without AM or PM."""
    return f"{field.name}_hour is not null"


def is_hour_of_24(field: SourceField) -> str:
    """SQL, over `examined`, for whether such an hour is 0 or 13 to 23, which no clock of 12 hours shows."""
    return f"{field.name}_hour not between 1 and 12"


def is_month_first(field: SourceField) -> str:
    """SQL, over `examined`, for whether a day in the agency's spelling can only have its month first."""
    return f"{field.name}_first = 'month'"


def is_day_first(field: SourceField) -> str:
    """SQL, over `examined`, for whether a day in the agency's spelling can only have its day first."""
    return f"{field.name}_first = 'day'"


def _read(field: SourceField) -> str:
    """SQL, over `parsed`, for the canonical text of a value; null for what cannot be read, and for nothing."""
    parts = _parts(field)
    match field.kind:
        case "date":
            return _day(field)
        case "time":
            return _clock(field)
        case "timestamp":
            return f"case when {parts}.hour = '' then {_day(field)} else {_day(field)} || 'T' || {_clock(field)} end"
        case "identifier" | "integer":
            return rf"regexp_replace(regexp_replace({_number(field)}, '^(-?)0+(\d)', '\1\2'), '^-0$', '0')"
        case "officer":
            return _number(field)
        case "birth":
            return f"nullif(concat({parts}.year, {parts}.own_year, {parts}.thousand, {parts}.rest), '')"
        case _:
            return f"case when upper({field.name}) in {tuple(ANSWERS)} then {field.name}{_own_words(field)} end"


def _own_words(field: SourceField) -> str:
    """The branches of a case that put words that the code knows in the place of the agency's own."""
    pairs = ((_literal(word), _literal(known)) for word, known in field.means)
    return "".join(f" when upper({field.name}) = {word} then {known}" for word, known in pairs)


def _bare_hour(field: SourceField) -> str:
    return f"case when {_clock(field)} is not null and {_parts(field)}.half = '' then {_hour(field)} end"


def _first_number(field: SourceField) -> str:
    """SQL for what the first number of a day so spelled must be: `month` or `day`; null where it can be either."""
    spelled = _spelled(field.days)
    first, second = (f"try_cast({_parts(field)}.own_{name} as integer)" for name in (spelled[0], spelled[2]))
    return (
        f"case when {first} between 1 and 12 and {second} between 13 and 31 then 'month' "
        f"when {first} between 13 and 31 and {second} between 1 and 12 then 'day' end"
    )


def _parts(field: SourceField) -> str:
    return f"{field.name}_parts"


def _number(field: SourceField) -> str:
    parts = _parts(field)
    return f"case when {parts}.digits <> '' then {parts}.sign || replace({parts}.digits, ',', '') end"


def _day(field: SourceField) -> str:
    parts = _parts(field)
    year, month, day = (f"concat({parts}.{name}, {parts}.own_{name})" for name in ("year", "month", "day"))
    text = f"concat({year}, '-', lpad({month}, 2, '0'), '-', lpad({day}, 2, '0'))"
    return f"case when try_cast({text} as date) is not null then {text} end"


def _hour(field: SourceField) -> str:
    parts = _parts(field)
    hour = f"concat({parts}.hour, {parts}.lone_hour)" if field.kind == "time" else f"{parts}.hour"
    return f"try_cast({hour} as integer)"


def _clock(field: SourceField) -> str:
    """SQL for `HH:MM:SS`; null where the hour is on no clock."""
    parts, hour = _parts(field), _hour(field)
    of_24 = (
        f"case when {parts}.half = '' and {hour} between 0 and 23 then {hour} "
        f"when {parts}.half <> '' and {hour} between 1 and 12 "
        f"then {hour} % 12 + case when upper({parts}.half) = 'P' then 12 else 0 end end"
    )
    minute, second = (f"coalesce(nullif({parts}.{name}, ''), '00')" for name in ("minute", "second"))
    return f"lpad(cast({of_24} as varchar), 2, '0') || ':' || {minute} || ':' || {second}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
