"""What several agencies say together, in words: each number with its interval, its reference and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import stdtrit

from cit_platform.inference.intervals import CONFIDENCE, Z
from cit_platform.inference.partial_pooling import Limits
from cit_platform.inference.pooled_agencies import FEWEST_TO_PREDICT, PooledAgencies, pool_agencies
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import Sizes, direction_of, listed, n_words
from cit_platform.publishing.pooled.agencies import AgencyEstimate, Estimate

# Higgins, Thompson, Deeks and Altman (2003), BMJ 327, 557-560: what shares of a quarter, a half and three quarters are.
_SHARES = ((0.25, "little"), (0.5, "a low share"), (0.75, "a moderate share"), (math.inf, "a high share"))
_SELECTED = (
    "Each number is an association. Agencies that publish such records are no random draw from all agencies, and the "
    "form of one may count as force what that of another does not."
)


@dataclass(frozen=True, eq=False)
class PooledReport:
    """The agencies, in the order of their homes, and what is common to them."""

    agencies: tuple[AgencyEstimate, ...]
    odds: PooledAgencies

    @cached_property
    def difference(self) -> PooledAgencies | None:
        """The risk differences pooled; None where an agency has none."""
        found = [agency.risk_difference for agency in self.agencies]
        known = [each for each in found if each is not None]
        return _pooled(known) if len(known) == len(found) else None

    @property
    def sizes(self) -> Sizes:
        """All contacts, those with force, and officers."""
        return Sizes(*(sum(numbers) for numbers in zip(*map(_counts, self.agencies), strict=True)))

    @property
    def demonstrations(self) -> tuple[str, ...]:
        """Names of the agencies whose data are a demonstration."""
        return tuple(agency.name for agency in self.agencies if agency.demonstration)

    @property
    def banner(self) -> str | None:
        """The sentence that demonstration data carry, else None."""
        if not self.demonstrations:
            return None
        return f"Demonstration data: synthetic records of {listed(self.demonstrations)}, not findings about any agency."

    @property
    def title(self) -> str:
        """What the report is about."""
        return f"Force and CIT certification in {wording.count(len(self.agencies))} agencies"

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The answer, one paragraph for each thing that is said."""
        found = (
            self._answer(),
            self._per_thousand(),
            _apart(self.odds),
            _further(self.odds),
            self._not_alike(),
            _SELECTED,
        )
        return tuple(filter(None, found))

    def _answer(self) -> str:
        mean = ratio_limits(self.odds.mean)
        direction = direction_of(mean.low, mean.high, 1.0)
        closing = ", which includes 1" if direction == "no clear association" else ""
        side = "neither clearly lower nor clearly higher" if closing else direction
        return (
            f"Over {listed([agency.name for agency in self.agencies])} together, certification is associated with "
            f"{side} odds that a report mentions force: odds ratio {wording.ratio(mean.value)} (95 % interval "
            f"{printed_limits(mean, wording.ratio)}{closing}), compared with {wording.NOT_CERTIFIED}; "
            f"{n_words(self.sizes)}, {wording.count(self.sizes.n_events)} of them with force, "
            f"{wording.count(len(self.agencies))} agencies.{_few(len(self.agencies))}"
        )

    def _per_thousand(self) -> str:
        if self.difference is None:
            lacking = [agency.name for agency in self.agencies if agency.risk_difference is None]
            return f"Differences per 1,000 contacts are not pooled: {listed(lacking)} has none with an interval."
        mean = self.difference.mean
        return (
            f"As a difference that is {wording.signed_per_thousand(mean.value)} per 1,000 contacts (95 % interval "
            f"{printed_limits(mean, wording.signed_per_thousand)}), the mean of the agencies’ "  # noqa: RUF001
            f"own differences, compared with {wording.NOT_CERTIFIED}; {n_words(self.sizes)}."
        )

    def _not_alike(self) -> str:
        """Which fits lack what the others hold constant."""
        everything = frozenset().union(*(agency.terms for agency in self.agencies))
        lacking = [
            f"{agency.name} lacks {listed([wording.term_words(term) for term in sorted(everything - agency.terms)])}"
            for agency in self.agencies
            if everything - agency.terms
        ]
        return f"The fits do not hold the same things constant: {'; '.join(lacking)}." if lacking else ""


def pooled_report(agencies: Sequence[AgencyEstimate]) -> PooledReport:
    """Pool the log odds ratios of two agencies or more, and what can be said with them."""
    return PooledReport(tuple(agencies), _pooled([agency.log_odds_ratio for agency in agencies]))


def _pooled(estimates: Sequence[Estimate]) -> PooledAgencies:
    values, errors = (np.array([getattr(each, name) for each in estimates]) for name in ("value", "std_error"))
    return pool_agencies(values, errors)


def _counts(agency: AgencyEstimate) -> tuple[int, int, int]:
    sizes = agency.sizes
    return sizes.n or 0, sizes.n_events or 0, sizes.n_officers or 0


def ratio_limits(limits: Limits | Estimate) -> Limits:
    """Log odds ratios as odds ratios."""
    return Limits(*(_ratio(number) for number in (limits.value, limits.low, limits.high)))


def _ratio(log_ratio: float) -> float:
    """The ratio, at most what a number can hold: two agencies that lie far apart leave limits beyond it."""
    return math.exp(min(log_ratio, 700.0))


def printed_limits(limits: Limits | Estimate, printed: Callable[[float], str]) -> str:
    """The limits of a number in print."""
    return wording.interval(printed(limits.low), printed(limits.high))


def has_limits(limits: Limits) -> bool:
    """Whether a number has an interval, without which it is not published."""
    return not math.isnan(limits.high)


def _few(k: int) -> str:
    if k >= FEWEST_TO_PREDICT:
        return ""
    errors = float(stdtrit(k - 1, 0.5 + CONFIDENCE / 2))
    return (
        f" With two agencies the interval takes {errors:.1f} standard errors on each side where many would take "
        f"{Z:.1f}: two agencies tell little of agencies in general."
    )


def _apart(pooled: PooledAgencies) -> str:
    """How far agencies differ; the words are those of the limits, for with few agencies the share is hardly known."""
    if not has_limits(pooled.spread):
        return (
            "How far agencies differ is not given: their odds ratios lie closer together than chance alone leaves them "
            "in 97.5 of 100 cases, so the number has no interval."
        )
    least, most = (_share_words(share) for share in (pooled.i_squared.low, pooled.i_squared.high))
    share = least if least == most else f"anything from {least} to {most}"
    return (
        f"How far agencies differ: τ, the standard deviation of their log odds ratios, is "
        f"{wording.two_digits(pooled.spread.value)} (95 % interval "
        f"{printed_limits(pooled.spread, wording.two_digits)}), where 0 is no difference; I² is "
        f"{wording.whole_percent(pooled.i_squared.value)} ({printed_limits(pooled.i_squared, wording.whole_percent)}): "
        f"{share} of the variance of these {len(pooled.weights)} estimates may lie between agencies, the rest within."
    )


def _share_words(share: float) -> str:
    return next(words for limit, words in _SHARES if share < limit)


def _further(pooled: PooledAgencies) -> str:
    if pooled.predicted is None:
        return (
            "Where the odds ratio of one further agency would lie cannot be said from two agencies: its interval takes "
            "t on the number of agencies less two, which is none."
        )
    predicted = ratio_limits(pooled.predicted)
    return (
        f"One further agency’s odds ratio would lie between {wording.ratio(predicted.low)} and "  # noqa: RUF001
        f"{wording.ratio(predicted.high)} in about 95 of 100, and with five to ten pooled in somewhat fewer, if "
        "agencies are normal about their mean."
    )
