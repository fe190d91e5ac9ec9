"""Text that engines read differently, unless they are made to read it alike; no NUL, which Parquet's readers dispute."""

# ruff: noqa: E501, RUF001

from itertools import product

# What a value may be: what is read as a number, a day, a time, an answer or a label, and what only looks like one.
CORES = (
    *("", "-", "--", "1", "-1", "0", "7", "45", "46", "007", "12.7", "1e1", "0x1F", "inf", "NaN", "+5", "1,234"),
    *("2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 300, "-" + "9" * 300),
    *("2016-03-02", "2016-02-30", "2016-3-2", "0000-00-00", "9999-12-31", "1582-10-10", "1900-01-01", "infinity"),
    *(
        "2016-03-02T23:59:59",
        "2016-03-02T24:00:00",
        "2016-03-13T02:30:00",
        "2016-11-06T01:30:00",
        "2016-03-02T00:00:00",
    ),
    *("14:30:00", "24:00:00", "7:5:1", "1982", "0000", "19822"),
    *(
        "Y",
        "n",
        "yes",
        "TRUE",
        "false",
        "Unknown",
        "FK ERROR",
        "null",
        "NULL",
        "N/A",
        "|",
        "a|b",
        "%",
        "_",
        "\\",
        "\\1",
        "$1",
    ),
    *(
        "SERVICE - WELFARE CHECK",
        "OBS - TRESPASS",
        "OBS TRU - FIGHT",
        "welfare check",
        "WELFARE CHECK.",
        "DV - no ASLT /x",
    ),
    *("'", "''", '"', "`", "' or 1=1 --", "; drop table x", "{x}", "${x}", ":as_of", "/* x */", "a/b", "a / b", " / "),
    # Letters with no capital, with one of two letters, of another length in bytes, or known to newer alphabets alone.
    *(
        "straße",
        "STRASSE",
        "ﬁre",
        "ŉ",
        "ǰ",
        "ᾳ",
        "ᾼ",
        "ı",
        "i̇",
        "İ",
        "ſ",
        "K",
        "µ",
        "ÿ",
        "ǆ",
        "ǅ",
        "ა",
        "Ა",
        "ꞔ",
        "\ua7cd",
    ),
    *("é", "e\u0301", "ñandú", "ΆΣΑΣ", "\U00010428", "\U00010d70", "\U00016ebb"),
    *(
        "\U0001f4a9",
        "a\U0001f468\u200d\U0001f469\u200d\U0001f467b",
        "\U0001f1fa\U0001f1f8",
        "\ufeff",
        "\ufffd",
        "\uffff",
    ),
    *("שלום", "\u202eabc\u202c", "a\u0300\u0301\u0302\u0303", "日本", "١٢٣", "２０１６", "Ⅷ", "½"),
)
# What stands round it: blanks of many kinds, ends of lines as different languages see them, marks that show nothing.
AROUND = (
    *("{}", "{} ", " {}", "{}  x", "\t{}", "{}\n", "{}\r\n", "{}\r", "\n{}", "{}\u0085", "{}\u2028", "x\n{}", "{}\nx"),
    *("{}\u00a0", "\u2003{}", "{}\u200b", "\u200e{}", "{}\u200f", "{}\x01", "\x1f{}", "{}\x0b", "\x0c{}", "{}\x7f"),
)
LENGTH_OF_A_LONG_TEXT = 40_000


def nasty_texts(n: int) -> list[str]:
    """Different texts, `n` of them: each core as it is, then cores in ever other surroundings."""
    bare = [*CORES, "x" * LENGTH_OF_A_LONG_TEXT]
    dressed = dict.fromkeys(around.replace("{}", core) for core, around in product(CORES, AROUND))
    others = [text for text in dressed if text not in bare]
    return [*bare, *others[:: len(others) // (n - len(bare))]][:n]
