"""The specifications that the protocol lays down, read from its files, and whether any other one is among them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import Any, Literal

from cit_platform.inference.design import Term
from cit_platform.modelling.specification import TERMS, Outcome, Role, Specification, asked_otherwise
from cit_platform.studies.protocol import Protocol, ProtocolError, Row, protocol

Standing = Literal["primary", "secondary", "fork", "not_in_protocol"]
NOT_IN_PROTOCOL: Standing = "not_in_protocol"
LAID_DOWN = "laid_down"


def primary_specification(outcome: str, role: Role, step: int | None = None) -> Specification:
    """The specification of a primary outcome; `role` and `step` say where the page puts it."""
    found = next(each for each in _laid_down(protocol(), "primary") if each.outcomes[0].name == outcome)
    return replace(found, role=role, step=step)


def secondary_specification(model: str, role: Role, step: int | None = None) -> Specification:
    """The specification of a model that is laid down beside the primary ones."""
    found = next(each for each in _laid_down(protocol(), "secondary") if each.model == model)
    return replace(found, role=role, step=step)


def forked(specification: Specification, fork: str) -> Specification:
    """The same question with the choice of a fork of the protocol made otherwise.

    Raises:
        ProtocolError: The protocol names no such fork of the model.
    """
    return _forked(protocol(), specification, fork)


def choices_of(model: str) -> Mapping[str, tuple[str, ...]]:
    """The choices that the protocol leaves open for a model, and the ways to make each, as laid down first."""
    rows = [row for row in protocol().forks if model in row["models"].split()]
    names = dict.fromkeys(row["choice"] for row in rows)
    return {name: (LAID_DOWN, *dict.fromkeys(row["fork"] for row in rows if row["choice"] == name)) for name in names}


def combined(specification: Specification) -> Iterator[tuple[Mapping[str, str], Specification]]:
    """Every combination of the choices of a specification: what is chosen, and the specification that it makes.

    Records have no reading of contacts that contradict themselves.
    """
    choices = choices_of(specification.model)
    made: list[tuple[Mapping[str, str], Specification]] = [({}, specification)]
    for name, forks in choices.items():
        made = [
            ({**chosen, name: fork}, found if fork == LAID_DOWN else forked(found, fork))
            for chosen, found in made
            for fork in forks
        ]
    for chosen, found in made:
        if found.unit == "contact" or found.contradictory == "left_out":
            variant = "_and_".join(fork for fork in chosen.values() if fork != LAID_DOWN) or LAID_DOWN
            yield chosen, asked_otherwise(found, variant)


def standing(specification: Specification) -> Standing:
    """What a specification is in the protocol, whatever it is called: name, role and step do not count."""
    return _standings(protocol()).get(_unnamed(specification), NOT_IN_PROTOCOL)


def specifications_of(laid_down: Protocol) -> tuple[Specification, ...]:
    """The primary and the secondary specifications of a protocol, in the order of its outcomes.

    Raises:
        ProtocolError: The files name a column, value or fork that no specification can have.
    """
    return (*_laid_down(laid_down, "primary"), *_laid_down(laid_down, "secondary"))


def _laid_down(laid_down: Protocol, standing_: str) -> Iterator[Specification]:
    rows = (row for row in laid_down.outcomes if row["standing"] == standing_)
    for (model, variant, column), group in groupby(rows, key=lambda row: (row["model"], row["variant"], row["column"])):
        outcomes = list(group)
        reference = Outcome(outcomes[0]["reference_outcome"], _value(outcomes[0]["reference_value"]))
        yield Specification(
            model=model,
            variant=variant,
            column=column,
            reference_outcome=reference,
            outcomes=tuple(Outcome(row["outcome"], _value(row["value"])) for row in outcomes),
            terms=tuple(_term(row) for row in laid_down.terms if model in row["models"].split()),
            role="sensitivity",
            **laid_down.specification,
        )


def _value(text: str) -> str | int:
    return int(text) if text.isdigit() else text


def _term(row: Row) -> Term:
    """The term of a column with the reference of the protocol; where that is the usual one, the usual term itself."""
    usual = _usual(row["column"])
    return usual if usual.reference == row["reference"] else replace(usual, reference=row["reference"])


def _usual(column: str) -> Term:
    if column not in TERMS:
        raise ProtocolError(f"The protocol names the predictor {column}, which the features do not have.")
    return TERMS[column]


def _forked(laid_down: Protocol, specification: Specification, fork: str) -> Specification:
    rows = [row for row in laid_down.forks if row["fork"] == fork and specification.model in row["models"].split()]
    if not rows:
        raise ProtocolError(f"The protocol's forks.csv has no fork {fork} of the model {specification.model}.")
    for row in rows:
        specification = replace(specification, **_change(specification, row))
    return asked_otherwise(specification, fork)


def _change(specification: Specification, row: Row) -> dict[str, Any]:
    """The field of a specification that a row of forks.csv sets anew."""
    field, value = row["field"], row["value"]
    if field == "terms":
        leaving, _, coming = value.partition(">")
        instead = [_usual(coming)] if coming else []
        changed = [instead if term.column == leaving else [term] for term in specification.terms]
        return {"terms": tuple(term for terms in changed for term in terms)}
    if field == "only":
        column, _, level = value.partition("=")
        return {"only": (column, level)}
    if field == "known_experience":
        return {"known_experience": value == "true"}
    if field == "first_year":
        return {"first_year": int(value)}
    if field in ("quarters", "contradictory", "unit"):
        return {field: value}
    raise ProtocolError(f"The protocol's forks.csv changes {field}, which is no choice of a specification.")


@cache
def _standings(laid_down: Protocol) -> Mapping[Specification, Standing]:
    """Every specification that the protocol holds, without its name; the most important standing counts."""
    whole: tuple[Standing, ...] = ("primary", "secondary")
    found: dict[Specification, Standing] = {}
    for name in whole:
        for each in _laid_down(laid_down, name):
            found.setdefault(_unnamed(each), name)
    forks = {row["fork"]: row["models"].split() for row in laid_down.forks}
    for each in list(found):
        for fork, models in forks.items():
            if each.model in models:
                found.setdefault(_unnamed(_forked(laid_down, each, fork)), "fork")
    return found


def _unnamed(specification: Specification) -> Specification:
    return replace(specification, variant="", role="sensitivity", step=None)
