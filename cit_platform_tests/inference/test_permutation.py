"""Shuffles in closed form are those of shuffled labels, and of two classes the Cochran-Mantel-Haenszel test."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from cit_platform.inference.permutation import shuffle_within


def tables(seed: int, odds: float = 1.0, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    rows = draw.multinomial(n, [0.5, 0.3, 0.2], size=60)
    share = np.array([0.4, 0.4, 0.4 * odds / (0.6 + 0.4 * odds)])
    group = draw.binomial(rows, share)
    return group, rows - group


def test_labels_that_are_shuffled_have_the_same_mean_limits_and_p_values() -> None:
    group, others = tables(2, odds=1.3)
    found = shuffle_within(group, others)
    labels = [np.repeat([0, 1, 2], mine + theirs) for mine, theirs in zip(group, others, strict=True)]
    draw = np.random.default_rng(5)
    drawn = np.array(
        [
            sum(
                np.bincount(draw.permutation(each)[: mine.sum()], minlength=3)
                for each, mine in zip(labels, group, strict=True)
            )
            for _ in range(500)
        ]
    )
    spread = (found.high - found.low) / (2 * 1.96)
    assert drawn.mean(axis=0) == pytest.approx(found.expected, abs=4 * spread.max() / np.sqrt(500))
    assert drawn.std(axis=0) == pytest.approx(spread, rel=0.12)
    beyond = (np.abs(drawn - found.expected) >= np.abs(found.observed - found.expected)).mean(axis=0)
    assert beyond == pytest.approx(found.p_value, abs=0.07)
    assert np.cov(drawn.T)[0, 1] < 0, "classes of one stratum go against each other"


def test_two_classes_are_the_cochran_mantel_haenszel_test_of_statsmodels() -> None:
    group, others = tables(1, odds=1.4)
    merged = [np.column_stack([each[:, :2].sum(axis=1), each[:, 2]]) for each in (group, others)]
    found = shuffle_within(*merged)
    by_stratum = [np.array([mine, theirs]) for mine, theirs in zip(*merged, strict=True)]
    peer = StratifiedTable(by_stratum).test_null_odds(correction=False)
    assert found.p_any == pytest.approx(peer.pvalue, rel=1e-9)
    assert found.p_value == pytest.approx([peer.pvalue] * 2, rel=1e-9)


def test_without_selection_p_values_are_uniform_and_with_it_they_are_small() -> None:
    none = [shuffle_within(*tables(seed)).p_any for seed in range(300)]
    assert 0.45 < np.mean(none) < 0.55
    assert 0.02 < np.mean(np.array(none) < 0.05) < 0.09
    assert max(shuffle_within(*tables(seed, odds=2.0)).p_any for seed in range(5)) < 0.05


def test_every_shuffle_keeps_the_group_s_rows_and_strata_of_one_kind_stay_out() -> None:
    group, others = tables(3)
    alone = np.vstack([group, [[7, 0, 0]]]), np.vstack([others, [[0, 0, 0]]])
    found = shuffle_within(*alone)
    assert found.observed.sum() == found.expected.sum().round(9) == group.sum()
    with pytest.raises(ValueError, match="No stratum"):
        shuffle_within(np.array([[3, 1]]), np.array([[0, 0]]))


def test_where_nothing_can_change_every_shuffle_is_what_was_observed() -> None:
    found = shuffle_within(np.array([[3, 0], [0, 2]]), np.array([[1, 0], [0, 4]]))
    assert found.p_any == 1.0
    assert found.observed.tolist() == found.expected.tolist() == found.low.tolist() == [3.0, 2.0]
