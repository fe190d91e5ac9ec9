"""Shuffles on counts are those of labels: moments in closed form, and the labels themselves shuffled."""

import numpy as np
import pytest

from cit_platform.inference.permutation import shuffle_within


def tables(seed: int, odds: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    rows = draw.multinomial(40, [0.5, 0.3, 0.2], size=60)
    share = np.array([0.4, 0.4, 0.4 * odds / (0.6 + 0.4 * odds)])
    group = draw.binomial(rows, share)
    return group, rows - group


def test_mean_and_limits_are_those_of_the_hypergeometric() -> None:
    group, others = tables(1)
    found = shuffle_within(group, others, draws=4_000)
    rows, size = group + others, group.sum(axis=1, keepdims=True)
    share = rows / 40
    mean = (size * share).sum(axis=0)
    variance = (size * share * (1 - share) * (40 - size) / 39).sum(axis=0)
    assert found.expected == pytest.approx(mean, abs=4 * np.sqrt(variance.max() / 4_000))
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.sqrt(variance), rel=0.06)


def test_shuffled_labels_give_the_same_distribution() -> None:
    group, others = tables(2, odds=1.3)
    found = shuffle_within(group, others, draws=2_000)
    labels = [np.repeat([0, 1, 2], mine + theirs) for mine, theirs in zip(group, others, strict=True)]
    draw = np.random.default_rng(5)
    drawn = np.array(
        [
            sum(
                np.bincount(draw.permutation(each)[: mine.sum()], minlength=3)
                for each, mine in zip(labels, group, strict=True)
            )
            for _ in range(400)
        ]
    )
    assert drawn.mean(axis=0) == pytest.approx(found.expected, abs=1.5)
    beyond = (np.abs(drawn - drawn.mean(axis=0)) >= np.abs(found.observed - drawn.mean(axis=0))).mean(axis=0)
    assert beyond == pytest.approx(found.p_value, abs=0.08)


def test_without_selection_p_values_are_uniform_and_with_it_they_are_small() -> None:
    none = [shuffle_within(*tables(seed), draws=99).p_any for seed in range(60)]
    assert 0.35 < np.mean(none) < 0.65
    assert max(shuffle_within(*tables(seed, odds=2.0), draws=99).p_any for seed in range(5)) < 0.05


def test_every_shuffle_keeps_the_group_s_rows_and_strata_of_one_kind_stay_out() -> None:
    group, others = tables(3)
    alone = np.vstack([group, [[7, 0, 0]]]), np.vstack([others, [[0, 0, 0]]])
    found = shuffle_within(*alone, draws=50)
    assert found.observed.sum() == found.expected.sum() == group.sum()
    with pytest.raises(ValueError, match="No stratum"):
        shuffle_within(np.array([[3, 1]]), np.array([[0, 0]]))
